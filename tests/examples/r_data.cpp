// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
// libraries: z
#include "../../examples/r_data.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>

using namespace hadal;
namespace fs = std::filesystem;

namespace {

std::string big_endian(std::int64_t v) {
  std::string s;
  for (int shift = 24; shift >= 0; shift -= 8) s += static_cast<char>(v >> shift);
  return s;
}
std::string header(std::int32_t version) {
  return "X\n" + big_endian(version) + big_endian(0x40203) + big_endian(0x30500) +
         (version == 3 ? big_endian(5) + "UTF-8" : "");
}
std::string element(const std::string& s) { return big_endian(0x40009) + big_endian(std::ssize(s)) + s; }
std::string texts(const std::vector<std::string>& all, std::int32_t flags = 0) {
  std::string s = big_endian(16 | flags) + big_endian(std::ssize(all));
  for (const std::string& t : all) s += element(t);
  return s;
}
std::string integers(std::int32_t a, std::int32_t b) {
  return big_endian(13) + big_endian(2) + big_endian(a) + big_endian(b);
}
// A list whose elements have names: the attribute is a linked list of one, tagged with a symbol.
std::string named_list(const std::vector<std::string>& names, const std::vector<std::string>& values, bool again) {
  std::string s = big_endian(19 | 0x200) + big_endian(std::ssize(values));
  for (const std::string& v : values) s += v;
  s += big_endian(2 | 0x400);
  s += again ? big_endian(255 | 1 << 8) : big_endian(1) + element("names");  // a symbol's second use is a reference
  return s + texts(names) + big_endian(254);
}
std::string deflated(const std::string& s) {
  uLongf n = compressBound(s.size());
  std::string out(n, '\0');
  compress(reinterpret_cast<Bytef*>(out.data()), &n, reinterpret_cast<const Bytef*>(s.data()), s.size());
  return out.substr(0, n);
}

struct Database {
  fs::path folder = fs::temp_directory_path() / join("hadal-r-data-", ::getpid());
  std::string base = (folder / "Rdata").string(), index, records;

  explicit Database(std::int32_t version = 3) {
    fs::create_directories(folder);
    const std::string novel = header(version) + texts({"It is a truth", "", "caf\xC3\xA9"});
    const std::string other = header(version) + big_endian(14) + big_endian(1) + std::string(8, '\0');
    const std::string record = big_endian(std::ssize(novel)) + deflated(novel);
    records = big_endian(std::ssize(other)) + deflated(other);
    const auto begin = static_cast<std::int32_t>(records.size());
    records += record;
    // The inner list is read before the outer one's attributes: there the symbol is new, outside a reference.
    const std::string variables = named_list(
        {"numbers", "novel"}, {integers(0, begin), integers(begin, static_cast<std::int32_t>(record.size()))}, false);
    index = header(version) + named_list({"variables", "references", "compressed"},
                                         {variables, big_endian(254), big_endian(10) + big_endian(1) + big_endian(1)},
                                         true);
    write(deflated(index), records);
  }
  ~Database() { fs::remove_all(folder); }
  void write(const std::string& rdx, const std::string& rdb) const {
    write_file(base + ".rdx", rdx);
    write_file(base + ".rdb", rdb);
  }
  std::string error(const std::vector<std::string>& wanted = {"novel"}) const {
    try {
      r_data::read_texts(base, wanted);
    } catch (const FileError& e) {
      const std::string message = e.what();
      CHECK(message.starts_with(base));
      return message.substr(base.size());
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE("R data: a character vector by its name, versions 2 and 3") {
  for (std::int32_t version : {2, 3}) {
    const Database db(version);
    CHECK(r_data::read_texts(db.base, {"novel"}).at("novel") ==
          std::vector<std::string>{"It is a truth", "", "caf\xC3\xA9"});
  }
}

TEST_CASE("R data: errors name the file") {
  const Database db;
  CHECK(db.error({"emma"}) == ".rdx: has no text named emma");
  CHECK(db.error({"numbers"}) == ".rdx: has no text named numbers");
  db.write(db.index, db.records);
  CHECK(db.error() == ".rdx: a zlib stream is damaged or cut");
  db.write(deflated(db.index), db.records.substr(0, db.records.size() - 1));
  CHECK(db.error().starts_with(".rdx: the place of novel is not inside "));
  db.write(deflated("RDX3"), db.records);
  CHECK(db.error() == ".rdx: not in R's XDR format at byte 2 of a record");
  db.write(deflated(header(4)), db.records);
  CHECK(db.error() == ".rdx: unknown version 4 at byte 6 of a record");
  db.write(deflated(header(3) + big_endian(25)), db.records);
  CHECK(db.error() == ".rdx: type 25 is not understood at byte 27 of a record");
  db.write(deflated(header(2) + big_endian(16) + big_endian(-5)), db.records);
  CHECK(db.error() == ".rdx: a length of -5 at byte 22 of a record");
  db.write(deflated(header(2) + texts({"a"})), db.records);
  CHECK(db.error() == ".rdx: has no table of variables");
  std::string deep = header(2);
  for (int i = 0; i < 100; ++i) deep += big_endian(19) + big_endian(1);
  db.write(deflated(deep), db.records);
  CHECK(db.error() == ".rdx: more than 64 levels at byte 534 of a record");
  fs::remove(db.base + ".rdb");
  db.write(deflated(db.index), db.records);
  fs::remove(db.base + ".rdb");
  CHECK(db.error() == ".rdb: cannot be opened (No such file or directory)");
}

TEST_CASE("R data: a damaged index is read or refused, never worse") {
  const Database db;
  std::mt19937 random(9);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    std::string bytes = db.index;
    for (int k = 0; k < 2; ++k) bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    if (round % 5 == 0) bytes.resize(random() % bytes.size());
    db.write(deflated(bytes), db.records);
    refused += db.error() != "no error";
  }
  CHECK(refused > 200);
}
