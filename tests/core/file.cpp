// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/file.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sys/resource.h>

using namespace hadal;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / join("hadal-file-", ::getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::ptrdiff_t count() const { return std::distance(fs::directory_iterator(path), fs::directory_iterator()); }
};

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const FileError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("file: what is written is read, at once and mapped") {
  const Folder folder;
  const std::string path = folder / "a", text("some\0bytes\n", 11);
  write_file(path, text);
  CHECK(read_file(path) == text);
  MappedFile map(path);
  CHECK(map.bytes().size() == text.size());
  CHECK(std::memcmp(map.bytes().data(), text.data(), text.size()) == 0);
  const MappedFile moved = std::move(map);
  CHECK(moved.bytes().size() == text.size());
  CHECK(map.bytes().empty());
  write_file(path, "");
  CHECK(read_file(path).empty());
  CHECK(MappedFile(path).bytes().empty());
  CHECK(folder.count() == 1);
}

TEST_CASE("file: errors name the path and the cause") {
  const Folder folder;
  const std::string missing = folder / "missing", here = folder.path.string();
  CHECK(error_of([&] { read_file(missing); }) == missing + ": cannot be opened (No such file or directory)");
  CHECK(error_of([&] { MappedFile map(missing); }) == missing + ": cannot be opened (No such file or directory)");
  CHECK(error_of([&] { read_file(here); }) == here + ": is not a regular file");
  CHECK(error_of([&] { write_file(missing + "/x", ""); }) ==
        missing + "/x: cannot be written (No such file or directory)");
  CHECK(error_of([&] { write_file(here, ""); }) == here + ": cannot be renamed into place (Is a directory)");
  CHECK_FALSE(fs::exists(join(here, ".", ::getpid(), ".tmp")));
}

TEST_CASE("file: a failed or abandoned write leaves the old file and no temporary") {
  const Folder folder;
  const std::string path = folder / "a";
  write_file(path, "old");
  { AtomicFile(path).write("new"); }
  CHECK(read_file(path) == "old");

  // A limit on the size of files stands in for a full disk: both are a write that fails half way.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{4096, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { write_file(path, std::string(10000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(error == path + ": cannot be written (File too large)");
  CHECK(read_file(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("file: pages given back are read again") {
  const Folder folder;
  const std::string path = folder / "pages";
  write_file(path, std::string(3 * page_size() + 5, 'q'));
  const MappedFile map(path);
  CHECK(map.path() == path);
  CHECK(map.bytes()[page_size()] == std::byte{'q'});
  map.forget(map.bytes().subspan(7, 2 * page_size()));
  map.forget({});
  CHECK(std::count(map.bytes().begin(), map.bytes().end(), std::byte{'q'}) == std::ssize(map.bytes()));
}
