// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/checkpoint.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

struct Model {
  Tensor<float> w = Tensor<float>::normal({5}, Key{1});
  static void visit(auto&& v, auto&... m) { v("w", m.w...); }
};
struct FakeOptimizer {
  Tensor<float> momentum = Tensor<float>::normal({5}, Key{2});
  std::vector<NamedTensor> state() const { return {{{"w.momentum", Role::buffer, false, {}, {}}, momentum}}; }
};

RunState state_at(std::int64_t step) {
  RunState s{step, 17 * step, 0xfedcba9876543210ull, {}};
  s.config["width"] = 5;
  s.config["rate"] = 0.1;
  return s;
}
std::vector<std::string> names(const ScratchFolder& folder) {
  std::vector<std::string> list;
  for (const auto& e : std::filesystem::directory_iterator(folder.path)) list.push_back(e.path().filename().string());
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

TEST_CASE("a checkpoint gives back everything to the bit") {
  const ScratchFolder folder;
  const std::string path = save_checkpoint(folder.path, state_at(123), Model{}, FakeOptimizer{});
  CHECK(path == folder / "step-000123");
  Model m{Tensor<float>::zeros({5})};
  FakeOptimizer o{Tensor<float>::zeros({5})};
  const RunState s = load_checkpoint(path, m, o);
  CHECK(s.step == 123);
  CHECK(s.data_position == 17 * 123);
  CHECK(s.seed == 0xfedcba9876543210ull);
  CHECK(s.config == state_at(1).config);
  CHECK(m.w.to_vector() == Model{}.w.to_vector());
  CHECK(o.momentum.to_vector() == FakeOptimizer{}.momentum.to_vector());
}

TEST_CASE("the newest checkpoint is found, the last k are kept, a step can be saved again") {
  const ScratchFolder folder;
  CHECK(!latest_checkpoint(folder.path));
  CHECK(!latest_checkpoint(folder / "none"));
  std::filesystem::create_directory(folder / "step-000002.new.tmp");  // of a run that was killed
  std::filesystem::create_directory(folder / "step-x");
  for (std::int64_t step : {1, 2, 10, 1000000})
    save_checkpoint(folder.path, state_at(step), Model{}, FakeOptimizer{}, 2);
  CHECK(names(folder) == std::vector<std::string>{"step-000010", "step-1000000", "step-x"});
  CHECK(latest_checkpoint(folder.path) == folder / "step-1000000");
  const Model other{Tensor<float>::zeros({5})};
  save_checkpoint(folder.path, state_at(10), other, FakeOptimizer{}, 2);
  CHECK(names(folder).size() == 3);
  Model m;
  load_checkpoint(folder / "step-000010", m, FakeOptimizer{});
  CHECK(m.w.at({0}) == 0);
  // A run that went back to an older step keeps what it has just written.
  save_checkpoint(folder.path, state_at(3), other, FakeOptimizer{}, 1);
  CHECK(std::filesystem::exists(folder / "step-000003"));
  CHECK_THROWS_AS(save_checkpoint(folder.path, state_at(-1), Model{}, FakeOptimizer{}), ValueError);
}

TEST_CASE("any damage to any file of a checkpoint is a FileError") {
  const ScratchFolder folder;
  save_checkpoint(folder.path, state_at(1), Model{}, FakeOptimizer{});
  const std::string path = save_checkpoint(folder.path, state_at(2), Model{}, FakeOptimizer{});
  Model m;
  const FakeOptimizer o;
  for (const char* name : {"model.safetensors", "optimizer.safetensors", "state.json"}) {
    const std::string file = path + "/" + name, whole = read_file(file);
    const auto check = [&](const std::string& text) {
      write_file(file, text);
      const std::string error = error_of<FileError>([&] { load_checkpoint(path, m, o); });
      REQUIRE(error.starts_with(path));
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string text = whole;
      text[i] = static_cast<char>(text[i] ^ (1 << i % 8));
      check(text);
    }
    for (std::size_t i = 0; i < whole.size(); i += 7) check(whole.substr(0, i));
    check(whole + " ");
    std::filesystem::remove(file);
    CHECK(error_of<FileError>([&] { load_checkpoint(path, m, o); }).starts_with(file));
    CHECK(latest_checkpoint(folder.path) == path);
    CHECK(latest_valid_checkpoint(folder.path) == folder / "step-000001");
    write_file(file, whole);
  }
  CHECK(latest_valid_checkpoint(folder.path) == path);
  write_file(path + "/state.json", "{\"format\": \"other\"}");
  CHECK(error_of<FileError>([&] { load_checkpoint(path, m, o); }) == path + "/state.json: is of another format, other");
  write_file(path + "/state.json", "{}");
  CHECK(error_of<FileError>([&] { load_checkpoint(path, m, o); }).find("format is missing") != std::string::npos);
  std::filesystem::remove_all(folder / "step-000001");
  CHECK(!latest_valid_checkpoint(folder.path));
}

TEST_CASE("a checkpoint of another model is an error naming file and tensor") {
  const ScratchFolder folder;
  const std::string path = save_checkpoint(folder.path, state_at(1), Model{}, FakeOptimizer{});
  Model wide{Tensor<float>::zeros({6})};
  CHECK(error_of<FileError>([&] { load_checkpoint(path, wide, FakeOptimizer{}); }) ==
        path + "/model.safetensors: tensor 'w' must be (6), is (5)");
}

TEST_CASE("a full disk damages no checkpoint and leaves nothing behind") {
  const ScratchFolder folder;
  const std::string path = save_checkpoint(folder.path, state_at(1), Model{}, FakeOptimizer{});
  for (std::int64_t step : {1, 2})
    for (std::size_t room : {std::size_t{0}, std::size_t{90}}) {
      const FullDisk full(room);
      const std::string error =
          error_of<FileError>([&] { save_checkpoint(folder.path, state_at(step), Model{}, FakeOptimizer{}, 1); });
      CHECK(error.starts_with(folder.path));
    }
  CHECK(names(folder) == std::vector<std::string>{"step-000001"});
  CHECK(verify_checkpoint(path).step == 1);
  CHECK_THROWS_AS(save_checkpoint(path + "/state.json", state_at(1), Model{}, FakeOptimizer{}), FileError);
}
