// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <vector>

#include <zlib.h>

/// Reads R's lazy-load databases (name.rdx with the index, name.rdb with the records): as much of R's serialization
/// format (XDR, versions 2 and 3; "R Internals", 1.8) as data sets of plain vectors and lists need.
namespace r_data {

using hadal::fail;
using hadal::FileError;

/// An R value. Vectors of text keep NA as "NA"; attributes are read and dropped, but for `names`.
struct Value {
  std::vector<std::string> text;
  std::vector<double> numbers;  ///< logical, integer and real vectors
  std::vector<Value> list;
  std::vector<std::string> names;
};

/// Unpacks a zlib or gzip stream.
inline std::string inflate_all(std::string_view packed, const std::string& path) {
  z_stream z{};
  if (inflateInit2(&z, 15 + 32) != Z_OK) fail<FileError>(path, ": zlib does not start");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&z, inflateEnd);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    char buffer[1 << 16];
    z.next_out = reinterpret_cast<Bytef*>(buffer);
    z.avail_out = sizeof buffer;
    state = inflate(&z, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - z.avail_out);
  }
  if (state != Z_STREAM_END) fail<FileError>(path, ": a zlib stream is damaged or cut");
  return out;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  Value document() {
    if (take(2) != "X\n") error("not in R's XDR format");
    const std::int32_t version = integer();
    if (version != 2 && version != 3) error("unknown version ", version);
    integer(), integer();  // the R that wrote it, the oldest R that reads it
    if (version == 3) take(length());
    return value(0);
  }

 private:
  // Type numbers of R's values (Rinternals.h) and of the format's own marks (serialize.c).
  enum Type {
    null = 0, symbol = 1, pairs = 2, text_element = 9, logicals = 10, integers = 13, reals = 14, texts = 16, list = 19,
    null_mark = 254, global_mark = 253, base_mark = 247, empty_mark = 242, reference_mark = 255
  };

  template <class... Parts>
  [[noreturn]] void error(const Parts&... parts) const {
    fail<FileError>(path_, ": ", parts..., " at byte ", at_, " of a record");
  }

  std::string_view take(std::size_t n) {
    if (bytes_.size() - at_ < n) error("ends too early");
    at_ += n;
    return bytes_.substr(at_ - n, n);
  }
  std::uint64_t big_endian(std::size_t n) {
    std::uint64_t v = 0;
    for (char c : take(n)) v = v << 8 | static_cast<unsigned char>(c);
    return v;
  }
  std::int32_t integer() { return static_cast<std::int32_t>(big_endian(4)); }
  std::size_t length() {
    const std::int32_t n = integer();
    if (n < 0) error("a length of ", n);
    return static_cast<std::size_t>(n);
  }

  std::string element() {
    const std::int32_t flags = integer();
    if ((flags & 0xFF) != text_element) error("expected a string, got type ", flags & 0xFF);
    const std::int32_t n = integer();
    return n == -1 ? "NA" : std::string(take(n < 0 ? bytes_.size() : static_cast<std::size_t>(n)));
  }

  void read_symbol(std::int32_t flags) {
    if ((flags & 0xFF) == symbol)
      symbols_.push_back(element());
    else if ((flags & 0xFF) != reference_mark)
      error("expected a symbol, got type ", flags & 0xFF);
  }
  std::string symbol_name(std::int32_t flags) {
    read_symbol(flags);
    if ((flags & 0xFF) == symbol) return symbols_.back();
    const std::size_t i = static_cast<std::uint32_t>(flags) >> 8 ? static_cast<std::uint32_t>(flags) >> 8 : length();
    if (i == 0 || i > symbols_.size()) error("a reference to symbol ", i, " of ", symbols_.size());
    return symbols_[i - 1];
  }

  // A linked list with tags: `tag` becomes the name of the element.
  void read_pairs(Value& v, std::int32_t flags, int depth) {
    while ((flags & 0xFF) == pairs) {
      if (flags & 0x200) value(depth + 1);
      v.names.push_back(flags & 0x400 ? symbol_name(integer()) : "");
      v.list.push_back(value(depth + 1));
      flags = integer();
    }
    if ((flags & 0xFF) != null_mark && (flags & 0xFF) != null) error("a list that ends with type ", flags & 0xFF);
  }

  Value value(int depth) {
    if (depth > 64) error("more than 64 levels");
    const std::int32_t flags = integer();
    Value v;
    switch (flags & 0xFF) {
      case null: case null_mark: case global_mark: case base_mark: case empty_mark: return v;
      case symbol: case reference_mark: v.text.push_back(symbol_name(flags)); return v;
      case pairs: read_pairs(v, flags, depth); return v;
      case logicals: case integers:
        for (std::size_t n = length(); n > 0; --n) v.numbers.push_back(integer());
        break;
      case reals:
        for (std::size_t n = length(); n > 0; --n) v.numbers.push_back(std::bit_cast<double>(big_endian(8)));
        break;
      case texts:
        for (std::size_t n = length(); n > 0; --n) v.text.push_back(element());
        break;
      case list:
        for (std::size_t n = length(); n > 0; --n) v.list.push_back(value(depth + 1));
        break;
      default: error("type ", flags & 0xFF, " is not understood");
    }
    if (flags & 0x200) {
      Value attributes = value(depth + 1);
      for (std::size_t k = 0; k < attributes.names.size(); ++k)
        if (attributes.names[k] == "names") v.names = std::move(attributes.list[k].text);
    }
    return v;
  }

  std::string_view bytes_;
  const std::string& path_;
  std::size_t at_ = 0;
  std::vector<std::string> symbols_;
};

/// The character vectors of those names from the database base.rdx, base.rdb.
inline std::map<std::string, std::vector<std::string>> read_texts(const std::string& base,
                                                                   const std::vector<std::string>& wanted) {
  const std::string index_path = base + ".rdx", records_path = base + ".rdb";
  const Value index = Reader(inflate_all(hadal::read_file(index_path), index_path), index_path).document();
  const std::string records = hadal::read_file(records_path);
  const Value* places = nullptr;
  for (std::size_t k = 0; k < index.names.size() && k < index.list.size(); ++k)
    if (index.names[k] == "variables") places = &index.list[k];
  if (!places || places->names.size() != places->list.size())
    fail<FileError>(index_path, ": has no table of variables");

  std::map<std::string, std::vector<std::string>> found;
  for (std::size_t k = 0; k < places->names.size(); ++k) {
    const std::string& name = places->names[k];
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    const std::vector<double>& place = places->list[k].numbers;  // offset, length
    const double total = static_cast<double>(records.size());
    if (place.size() != 2 || place[0] < 0 || place[1] < 4 || place[0] + place[1] > total)
      fail<FileError>(index_path, ": the place of ", name, " is not inside ", records_path);
    // A record is the unpacked size in four bytes and a zlib stream.
    const std::string_view record =
        std::string_view(records).substr(static_cast<std::size_t>(place[0]), static_cast<std::size_t>(place[1]));
    found[name] = Reader(inflate_all(record.substr(4), records_path), records_path).document().text;
  }
  for (const std::string& name : wanted)
    if (found[name].empty()) fail<FileError>(index_path, ": has no text named ", name);
  return found;
}

}  // namespace r_data
