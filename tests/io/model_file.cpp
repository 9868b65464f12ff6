// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/io/model_file.hpp>
#include <hadal/io/write_safetensors.hpp>
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
    CHECK(wide.experts.to_vector()[i] ==
          static_cast<float>(bf16(static_cast<float>(half(from.experts.to_vector()[i])))));
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

namespace {
/// Experts large enough to be mapped.
struct Large {
  Tensor<bf16> experts, embed;
  Tensor<float> bias;
  static void visit(auto&& v, auto&... m) {
    v.stacked("experts", "up_proj.weight", m.experts...);
    v("embed", m.embed...);
    v.buffer("bias", m.bias...);
  }
  static Large make() {
    return {Tensor<bf16>::normal({3, 128, 256}, Key{1}), Tensor<bf16>::normal({100, 500}, Key{2}),
            Tensor<float>::normal({3}, Key{3})};
  }
};
bool same(const Large& a, const Large& b) {
  bool all = true;
  walk([&](const Place&, const auto& x, const auto& y) {
    const auto dense = x.contiguous(), other = y.contiguous();
    all = all && std::memcmp(dense.data(), other.data(), dense.bytes()) == 0;
  }, a, b);
  return all;
}
}  // namespace

TEST_CASE("a hollow model uses the files in place, wherever tensors begin, or gets memory") {
  const ScratchFolder folder;
  const Large from = Large::make();
  for (const bool aligned : {true, false}) {
    const std::string path = folder / "m";
    save_model(path, from, aligned ? Metadata{} : Metadata{{"format", "pt"}});
    if (!aligned) {  // as other libraries write: 8 bytes further
      std::string text = read_file(path);
      std::uint64_t size = 0;
      std::memcpy(&size, text.data(), 8);
      text.insert(8 + size, 8, ' ');
      size += 8;
      std::memcpy(text.data(), &size, 8);
      write_file(path, text);
    }
    Large m = hollow([] { return Large::make(); });
    load_model(path, m);
    CHECK(same(m, from));
    CHECK(m.experts.is_contiguous() == aligned);
    CHECK(!m.bias.is_hollow());
    // Written to, the model has a page of its own; saved over the file it came from, it keeps the old one.
    m.embed.mutable_view().data[0] = bf16(3.0f);
    Large again = hollow([] { return Large::make(); });
    load_model(path, again, {.in_place = false});
    CHECK(same(again, from));
    CHECK(again.experts.is_contiguous());
    save_model(path, m);
    load_model(path, again);
    CHECK(same(again, m));
    trainable(m);
    CHECK(m.experts.is_contiguous());
    CHECK(m.experts.requires_grad());
  }
}

TEST_CASE("copies of tensors may be there and are compared; others only where they are ignored") {
  const ScratchFolder folder;
  const std::string path = folder / "m";
  const Model<float> from = model<float>(1);
  auto list = state_dict(from);
  const auto extra = [](const char* name, const Tensor<float>& t) {
    return NamedTensor{{name, Role::trained, false, {}, {}}, t};
  };
  list.push_back(extra("head", from.embed));
  list.push_back(extra("a.inv_freq", from.table));
  write_safetensors(path, list);
  Model<float> to = model<float>(2);
  CHECK(error_of<FileError>([&] { load_model(path, to); }) == path + ": tensor 'a.inv_freq' is not one of the model's");
  LoadOptions o;
  o.ignore = [](std::string_view name) { return name.ends_with("inv_freq"); };
  CHECK(error_of<FileError>([&] { load_model(path, to, o); }) == path + ": tensor 'head' is not one of the model's");
  CHECK(to.embed.to_vector() == model<float>(2).embed.to_vector());  // nothing was written yet
  o.copies = {{"head", "embed.weight"}, {"absent", "embed.weight"}};
  load_model(path, to, o);
  CHECK(to.embed.to_vector() == from.embed.to_vector());
  list[list.size() - 2].tensor = Tensor<float>::zeros({4, 3});
  write_safetensors(path, list);
  CHECK(error_of<FileError>([&] { load_model(path, to, o); }) ==
        path + ": tensor 'head' must be a copy of 'embed.weight', but differs");
  o.compare_copies = false;
  load_model(path, to, o);
}

TEST_CASE("FP8 matrices of a stack are read with their scales; scales without a matrix are not the model's") {
  const ScratchFolder folder;
  const std::string path = folder / "m";
  Large from = Large::make();
  std::vector<OutgoingTensor> list;
  for (const NamedTensor& t : state_dict(from))
    for (auto& o : t.place.name == "bias" ? outgoing(t) : outgoing_fp8(t, {})) list.push_back(std::move(o));
  write_safetensors(path, list);
  Large to = hollow([] { return Large::make(); });
  load_model(path, to);
  for (const auto& [a, b] : {std::pair{from.experts, to.experts}, {from.embed, to.embed}}) {
    const auto x = a.to_vector(), y = b.to_vector();
    float worst = 0;  // half a step of 3 bits, and bf16's rounding
    for (std::size_t i = 0; i < x.size(); ++i)
      if (std::abs(x[i]) > 0.01f) worst = std::max(worst, std::abs(y[i] / x[i] - 1));
    CHECK(worst > 0.01f);
    CHECK(worst < 0.0665f);
  }
  list.erase(std::find_if(list.begin(), list.end(), [](const auto& o) { return o.name == "embed"; }));
  for (auto& o : outgoing({{"embed", Role::trained, false, {}, {}}, from.embed})) list.push_back(o);
  write_safetensors(path, list);
  CHECK(error_of<FileError>([&] { load_model(path, to); }) ==
        path + ": tensor 'embed_scale_inv' is not one of the model's");
}
