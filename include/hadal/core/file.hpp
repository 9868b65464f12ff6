// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/error.hpp>

#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hadal {

namespace detail {

[[noreturn]] HADAL_COLD inline void file_error(std::string_view path, std::string_view rule) {
  fail<FileError>(path, ": ", rule, " (", std::strerror(errno), ")");
}

/// Owns a POSIX file descriptor.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int f) : fd(f) {}
  Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

/// Opens a regular file for reading and finds its size.
inline Descriptor open_to_read(const std::string& path, std::size_t& size) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) file_error(path, "cannot be opened");
  struct stat about {};
  if (::fstat(file.fd, &about) != 0) file_error(path, "cannot be examined");
  HADAL_CHECK(S_ISREG(about.st_mode), FileError, path, ": is not a regular file");
  size = static_cast<std::size_t>(about.st_size);
  return file;
}

}  // namespace detail

/// Bytes in a page of memory.
inline std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// The bytes of a file, mapped: pages are read when touched and shared between processes. The file must not shrink
/// while it is mapped. Throws FileError naming the path.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) : path_(path), file_(detail::open_to_read(path, size_)) {
    if (size_ == 0) return;  // an empty mapping is not allowed
    void* p = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.fd, 0);
    if (p == MAP_FAILED) detail::file_error(path, "cannot be mapped");
    data_ = static_cast<const std::byte*>(p);
  }
  MappedFile(MappedFile&& other) noexcept
      : path_(std::move(other.path_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        file_(std::move(other.file_)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(path_, other.path_), std::swap(data_, other.data_), std::swap(size_, other.size_);
    file_ = std::move(other.file_);
    return *this;
  }
  ~MappedFile() {
    if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
  }

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  int descriptor() const { return file_.fd; }

  /// Takes the pages of a part of the mapping out of this process's memory; touched again, they come back.
  void forget(std::span<const std::byte> part) const {
    const auto begin = static_cast<std::size_t>(part.data() - data_) / page_size() * page_size();
    const auto end = static_cast<std::size_t>(part.data() - data_) + part.size();
    if (!part.empty()) ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, MADV_DONTNEED);
  }

 private:
  std::string path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  detail::Descriptor file_;
};

/// The whole file as a string. Throws FileError naming the path.
inline std::string read_file(const std::string& path) {
  std::size_t size = 0;
  const detail::Descriptor file = detail::open_to_read(path, size);
  std::string text(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::read(file.fd, text.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) detail::file_error(path, "cannot be read");
    HADAL_CHECK(n > 0, FileError, path, ": ends after ", done, " of ", size, " bytes");
    done += static_cast<std::size_t>(n);
  }
  return text;
}

/// Makes new names in a folder safe. Some file systems cannot, and the data is written already: no error then.
inline void flush_folder(const std::string& folder) {
  const detail::Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.fd >= 0) static_cast<void>(::fsync(directory.fd));
}

/// Writes a file all or nothing: into a temporary beside it, flushed to the disk and renamed by `commit`. Without a
/// commit, and on every error (a full disk, say), the temporary goes and what stood at the path stays untouched.
/// Throws FileError naming the path.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path)
      : path_(std::move(path)),
        temporary_(join(path_, ".", ::getpid(), ".tmp")),
        file_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_.fd < 0) detail::file_error(path_, "cannot be written");
  }
  AtomicFile(AtomicFile&&) = delete;
  ~AtomicFile() {
    if (!committed_) ::unlink(temporary_.c_str());
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(file_.fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) detail::file_error(path_, "cannot be written");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

  /// Waits until what was written is on the disk.
  void flush() {
    if (::fsync(file_.fd) != 0) detail::file_error(path_, "cannot be flushed");
  }

  void commit() {
    flush();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) detail::file_error(path_, "cannot be renamed into place");
    committed_ = true;
    const std::size_t slash = path_.find_last_of('/');
    flush_folder(slash == std::string::npos ? "." : path_.substr(0, slash + 1));
  }

 private:
  std::string path_, temporary_;
  detail::Descriptor file_;
  bool committed_ = false;
};

/// Writes the text as a file, all or nothing. Throws FileError naming the path.
inline void write_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace hadal
