// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/model_file.hpp>
#include <hadal/tree/copy.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {
template <class T>
struct Model {
  Tensor<T> embed, experts;
  Tensor<float> bias, table;
  Tensor<std::int32_t> counts;
  static void visit(auto&& v, auto&... m) {
    v("embed.weight", m.embed...);
    v.stacked("mlp.experts", "up_proj.weight", m.experts...);
    v.buffer("gate.bias", m.bias...);
    v.constant("table", m.table...);
    v.buffer("counts", m.counts...);
  }
};
template <class T>
Model<T> model(std::uint64_t key, std::int64_t experts = 3) {
  return {Tensor<T>::normal({4, 3}, Key{key}), Tensor<T>::normal({experts, 2, 3}, Key{key + 1}),
          Tensor<float>::normal({3}, Key{key + 2}), Tensor<float>::ones({2}), Tensor<std::int32_t>::full({2}, key)};
}
}  // namespace

TEST_CASE("a model is saved under published names and loaded back to the bit") {
  const ScratchFolder folder;
  const std::string path = folder / "model.safetensors";
  const Model<bf16> from = model<bf16>(1);
  save_model(path, from, {{"format", "pt"}});
  const SafetensorsFile file(path);
  CHECK(file.find("mlp.experts.2.up_proj.weight"));
  CHECK(!file.find("table"));
  Model<bf16> to = model<bf16>(9);
  to.table = Tensor<float>::full({2}, 5);
  const auto version = to.embed.version();
  load_model(path, to);
  walk([](const Place& place, auto& a, auto& b) {
    if (place.role != Role::constant) CHECK(std::memcmp(a.data(), b.data(), a.bytes()) == 0);
  }, from, to);
  CHECK(to.table.at({0}) == 5);
  CHECK(to.embed.version() > version);
}

TEST_CASE("loading converts between real element types") {
  const ScratchFolder folder;
  const std::string path = folder / "m";
  const Model<float> from = model<float>(1);
  save_model(path, from);
  Model<half> narrow = model<half>(2);
  load_model(path, narrow);
  for (std::size_t i = 0; i < 12; ++i) CHECK(narrow.embed.to_vector()[i].bits == half(from.embed.to_vector()[i]).bits);
  save_model(path, narrow);
  Model<bf16> other = model<bf16>(3);
  load_model(path, other);
  Model<double> wide = model<double>(4);
  save_model(path, other);
  load_model(path, wide);
  for (std::size_t i = 0; i < 18; ++i)
    CHECK(wide.experts.to_vector()[i] == static_cast<float>(bf16(static_cast<float>(half(from.experts.to_vector()[i])))));
  save_model(path, wide);
  load_model(path, other);
}

TEST_CASE("tensors that are missing, extra, misshapen or of a foreign type are errors naming file and tensor") {
  const ScratchFolder folder;
  const std::string path = folder / "m";
  Model<float> to = model<float>(1);
  const auto error = [&](const Model<float>& from) {
    save_model(path, from);
    return error_of<FileError>([&] { load_model(path, to); });
  };
  CHECK(error(model<float>(2)) == "no error");
  CHECK(error(model<float>(2, 2)) == path + ": tensor 'mlp.experts.2.up_proj.weight' is missing");
  CHECK(error(model<float>(2, 4)) == path + ": tensor 'mlp.experts.3.up_proj.weight' is not one of the model's");
  Model<float> from = model<float>(2);
  from.bias = Tensor<float>::ones({1, 3});
  CHECK(error(from) == path + ": tensor 'gate.bias' must be (3), is (1, 3)");
  auto list = state_dict(model<float>(2));
  list.back().tensor = Tensor<float>::ones({2});
  write_safetensors(path, list);
  CHECK(error_of<FileError>([&] { load_model(path, to); }) ==
        path + ": tensor 'counts' of type F32 does not convert to int32");
  list = state_dict(model<float>(2));
  list[0].tensor = Tensor<std::int64_t>::zeros({4, 3});
  write_safetensors(path, list);
  CHECK(error_of<FileError>([&] { load_model(path, to); }) ==
        path + ": tensor 'embed.weight' of type I64 does not convert to float");
}

TEST_CASE("load_tensors takes exactly what is asked for") {
  const ScratchFolder folder;
  const std::string path = folder / "o";
  const NamedTensor a{{"a", Role::buffer, false, {}, {}}, Tensor<float>::full({2}, 3)},
      b{{"b", Role::buffer, false, {}, {}}, Tensor<std::int64_t>::full({}, 5)};
  write_safetensors(path, {a, b});
  const SafetensorsFile file(path);
  const auto x = Tensor<float>::zeros({2});
  const auto y = Tensor<std::int64_t>::zeros({});
  load_tensors(file, {{a.place, x}, {b.place, y}});
  CHECK(x.at({1}) == 3);
  CHECK(y.item() == 5);
  CHECK(error_of<FileError>([&] { load_tensors(file, {{a.place, x}}); }) == path + ": holds 2 tensors, expected 1");
  CHECK(error_of<FileError>([&] { load_tensors(file, {{a.place, Tensor<double>::zeros({2})}}); }) ==
        path + ": tensor 'a' must be double (2), is F32 (2)");
}
