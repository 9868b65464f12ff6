// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/checksum.hpp>
#include <hadal/core/file.hpp>

#include <bit>
#include <vector>

namespace hadal {

namespace detail {

/// What a token file begins with; the tokens follow, as 2-byte integers when vocab_size <= 65536, else 4-byte.
struct TokenFileHeader {
  char magic[8] = {'h', 'a', 'd', 'a', 'l', 't', 'o', 'k'};
  std::uint32_t version = 1;
  std::uint32_t token_bytes = 0;
  std::uint64_t vocab_size = 0;
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;  ///< of the header with this field zero, then the tokens
};
static_assert(sizeof(TokenFileHeader) == 40);
static_assert(std::endian::native == std::endian::little, "token files are little-endian");

inline std::uint64_t token_checksum(TokenFileHeader header, std::span<const std::byte> tokens) {
  header.checksum = 0;
  Checksum sum;
  sum.add(std::as_bytes(std::span(&header, 1)));
  sum.add(tokens);
  return sum.value();
}

}  // namespace detail

/// Writes ids as a token file, all or nothing. Throws IndexError for an id outside 0 .. vocab_size - 1, ValueError
/// for a vocab_size that is not positive, FileError naming the path.
inline void write_token_file(const std::string& path, std::span<const std::int32_t> ids, std::int64_t vocab_size) {
  HADAL_CHECK(vocab_size > 0, ValueError, "write_token_file: vocab_size must be positive, got ", vocab_size);
  for (std::size_t i = 0; i < ids.size(); ++i)
    HADAL_CHECK(ids[i] >= 0 && ids[i] < vocab_size, IndexError, "write_token_file: id ", i, " must be in 0 .. ",
                vocab_size - 1, ", got ", ids[i]);
  detail::TokenFileHeader header;
  header.token_bytes = vocab_size <= 65536 ? 2 : 4;
  header.vocab_size = static_cast<std::uint64_t>(vocab_size);
  header.count = ids.size();
  std::vector<std::uint16_t> narrow;
  if (header.token_bytes == 2) narrow.assign(ids.begin(), ids.end());
  const auto tokens =
      header.token_bytes == 2 ? std::as_bytes(std::span<const std::uint16_t>(narrow)) : std::as_bytes(ids);
  header.checksum = detail::token_checksum(header, tokens);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(tokens);
  file.commit();
}

/// The tokens of a text, mapped from a file: only what is touched is read.
class TokenFile {
 public:
  /// Throws FileError naming the path when the file is missing, foreign, empty, of another length than it says, or
  /// (unless verify is false, which saves reading it through) damaged.
  explicit TokenFile(const std::string& path, bool verify = true) : map_(path) {
    const auto bytes = map_.bytes();
    HADAL_CHECK(bytes.size() >= sizeof header_, FileError, path, ": is too short for a token file: ", bytes.size(),
                " bytes");
    std::memcpy(&header_, bytes.data(), sizeof header_);
    const detail::TokenFileHeader expected;
    HADAL_CHECK(std::memcmp(header_.magic, expected.magic, sizeof expected.magic) == 0, FileError, path,
                ": is not a token file");
    HADAL_CHECK(header_.version == expected.version, FileError, path, ": is a token file of version ", header_.version,
                ", not ", expected.version);
    tokens_ = bytes.subspan(sizeof header_);
    HADAL_CHECK(header_.token_bytes == 2 || header_.token_bytes == 4, FileError, path,
                ": tokens must have 2 or 4 bytes, got ", header_.token_bytes);
    HADAL_CHECK(header_.vocab_size > 0 && header_.vocab_size <= INT32_MAX, FileError, path, ": a vocabulary of ",
                header_.vocab_size, " is not possible");
    HADAL_CHECK(tokens_.size() % header_.token_bytes == 0 && tokens_.size() / header_.token_bytes == header_.count,
                FileError, path, ": should hold ", header_.count, " tokens of ", header_.token_bytes, " bytes, has ",
                tokens_.size(), " bytes");
    HADAL_CHECK(header_.count > 0, FileError, path, ": holds no tokens");
    HADAL_CHECK(!verify || detail::token_checksum(header_, tokens_) == header_.checksum, FileError, path,
                ": is damaged: its checksum differs");
  }

  std::int64_t size() const { return static_cast<std::int64_t>(header_.count); }
  std::int32_t vocab_size() const { return static_cast<std::int32_t>(header_.vocab_size); }
  /// Tells one file's contents from another's, for instance when a run is resumed.
  std::uint64_t checksum() const { return header_.checksum; }

  /// Copies the tokens begin, begin + 1, ... into out. Throws IndexError when they are not all there.
  void read(std::int64_t begin, std::span<std::int32_t> out) const {
    const auto n = static_cast<std::int64_t>(out.size());
    HADAL_CHECK(begin >= 0 && n <= size() && begin <= size() - n, IndexError, "token file: ", n, " tokens from ", begin,
                " must lie within ", size());
    if (header_.token_bytes == 2)
      copy<std::uint16_t>(begin, out);
    else
      copy<std::uint32_t>(begin, out);
  }

 private:
  template <class T>
  void copy(std::int64_t begin, std::span<std::int32_t> out) const {
    const std::byte* from = tokens_.data() + static_cast<std::size_t>(begin) * sizeof(T);
    for (std::int32_t& token : out) {
      T v;
      std::memcpy(&v, from, sizeof v);
      token = static_cast<std::int32_t>(v);
      from += sizeof v;
    }
  }

  MappedFile map_;
  detail::TokenFileHeader header_;
  std::span<const std::byte> tokens_;
};

}  // namespace hadal
