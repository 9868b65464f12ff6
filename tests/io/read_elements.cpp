// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// labels: tsan
#include <doctest/doctest.h>

#include <hadal/core/runtime.hpp>
#include <hadal/io/read_elements.hpp>
#include <hadal/io/safetensors.hpp>

#include "io/scratch.hpp"

using namespace hadal;

namespace {

/// A file of one tensor "w" and what goes before and after it in the header, with these bytes.
SafetensorsFile file(const std::string& path, const std::string& header, const std::string& bytes) {
  const std::uint64_t size = header.size();
  write_file(path, std::string(reinterpret_cast<const char*>(&size), 8) + header + bytes);
  return SafetensorsFile(path);
}
template <class S>
std::string bytes_of(const std::vector<S>& v) {
  return {reinterpret_cast<const char*>(v.data()), v.size() * sizeof(S)};
}
template <class T>
std::vector<T> read(const StoredTensors& f, const Fp8Blocks& blocks = {}) {
  const StoredTensor &e = f.at("w"), *scale = f.find("w_scale_inv");
  detail::check_readable<T>(f, e, scale, blocks);
  std::vector<T> v(static_cast<std::size_t>(e.shape.size()));
  detail::read_elements<T>(e, scale, blocks, v.data());
  return v;
}
std::string header(const std::string& type, const std::string& shape, std::size_t bytes, const std::string& more = "") {
  return R"({"w":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":[0,)" + std::to_string(bytes) +
         "]}" + more + "}";
}

}  // namespace

TEST_CASE("read_elements: every real type into every other, aligned or not, over several threads") {
  const ScratchFolder folder;
  constexpr std::size_t n = 70000;
  std::vector<double> d;
  std::vector<float> f;
  std::vector<bf16> b;
  std::vector<half> h;
  for (std::size_t i = 0; i < n; ++i) {
    d.push_back(static_cast<double>(i % 251) - 125);  // exact in all of them
    f.push_back(static_cast<float>(d.back()));
    b.push_back(bf16(f.back()));
    h.push_back(half(f.back()));
  }
  const int before = threads();
  set_threads(3);
  for (const std::string pad : {"", " "}) {  // the data begins at an odd byte with one of them
    const auto all = [&](const std::string& type, const auto& values) {
      const auto bytes = bytes_of(values);
      const auto source = file(folder / "f", header(type, "[70000]", bytes.size()) + pad, bytes);
      CHECK(bytes_of(read<double>(source)) == bytes_of(d));
      CHECK(bytes_of(read<float>(source)) == bytes_of(f));
      CHECK(bytes_of(read<bf16>(source)) == bytes_of(b));
      CHECK(bytes_of(read<half>(source)) == bytes_of(h));
    };
    all("F64", d);
    all("F32", f);
    all("BF16", b);
    all("F16", h);
  }
  set_threads(before);
  const std::vector<std::int32_t> i{1, 2};
  CHECK(read<std::int32_t>(file(folder / "i", header("I32", "[2]", 8), bytes_of(i))) == i);
  CHECK(read<float>(file(folder / "e", header("F16", "[0]", 0), "")).empty());
}

TEST_CASE("read_elements: FP8 is multiplied by its blocks' scales, of each type") {
  const ScratchFolder folder;
  const Fp8Blocks blocks{2, 3, false};
  std::vector<e4m3> q;
  for (int i = 0; i < 15; ++i) q.push_back(e4m3(static_cast<float>(i - 7)));
  const auto check = [&](const std::string& type, const std::string& scales) {
    const std::string more = R"(,"w_scale_inv":{"dtype":")" + type + R"(","shape":[2,2],"data_offsets":[15,)" +
                             std::to_string(15 + scales.size()) + "]}";
    const auto v = read<float>(file(folder / "f", header("F8_E4M3", "[3,5]", 15, more), bytes_of(q) + scales), blocks);
    const float s[2][2] = {{0.5f, 2}, {4, 1}};
    for (int i = 0; i < 15; ++i)
      CHECK(v[static_cast<std::size_t>(i)] == static_cast<float>(i - 7) * s[i / 5 / 2][i % 5 / 3]);
  };
  check("F32", bytes_of(std::vector<float>{0.5f, 2, 4, 1}));
  check("BF16", bytes_of(std::vector{bf16(0.5f), bf16(2.0f), bf16(4.0f), bf16(1.0f)}));
  check("F8_E8M0", bytes_of(std::vector{e8m0(0.5f), e8m0(2.0f), e8m0(4.0f), e8m0(1.0f)}));
}

TEST_CASE("read_elements: what cannot be read is an error naming file and tensor") {
  const ScratchFolder folder;
  const std::string p = folder / "f";
  const auto error = [&](const std::string& head, std::size_t bytes) {
    return error_of<FileError>([&] { read<float>(file(p, head, std::string(bytes, '\0'))); });
  };
  CHECK(error(header("I64", "[1]", 8), 8) == p + ": tensor 'w' of type I64 does not convert to float");
  CHECK(error(header("F8_E5M2", "[1]", 1), 1) == p + ": tensor 'w' of type F8_E5M2 does not convert to float");
  CHECK(error(header("F8_E4M3", "[1,1]", 1), 1) ==
        p + ": tensor 'w' is FP8, but its scales 'w_scale_inv' are missing");
  CHECK(error(header("F8_E4M3", "[1]", 1), 1) == p + ": tensor 'w' in FP8 must be a matrix, is (1)");
  const auto scaled = [&](const std::string& type, const std::string& shape, std::size_t bytes) {
    return error(header("F8_E4M3", "[129,1]", 129, R"(,"w_scale_inv":{"dtype":")" + type + R"(","shape":)" + shape +
                        R"(,"data_offsets":[129,)" + std::to_string(129 + bytes) + "]}"), 129 + bytes);
  };
  CHECK(scaled("F32", "[2,1]", 8) == "no error");
  CHECK(scaled("F32", "[1,2]", 8) ==
        p + ": tensor 'w_scale_inv' must be (2, 1) for blocks of (128, 128) in (129, 1), is (1, 2)");
  CHECK(scaled("U8", "[2,1]", 2) == p + ": tensor 'w_scale_inv' must be F32, BF16 or F8_E8M0, is U8");
}
