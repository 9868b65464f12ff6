// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The other side of the model benchmark: a process that runs the same model from the same weights and answers lines.

#include <hadal/tree/parameters.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// Bytes resident in this process: "VmHWM" the most so far, "VmRSS" now.
inline double resident(const char* key) {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  double kilobytes = 0;
  while (status && std::fgets(line, sizeof line, status))
    if (!std::strncmp(line, key, std::strlen(key))) kilobytes = std::atof(line + std::strlen(key) + 1);
  if (status) std::fclose(status);
  return 1024 * kilobytes;
}

/// Writes a safetensors file of a model's float tensors under their published names, the tokens as `window`, and the
/// metadata. Tensor by tensor: a second copy of the model would count as memory of ours.
template <class M>
void write_model(const std::string& path, const M& model, const hadal::Tensor<std::int32_t>& window,
                 const std::vector<std::pair<std::string, std::string>>& metadata) {
  using hadal::join;
  std::string header = "{\"__metadata__\":{";
  for (const auto& [key, value] : metadata)
    header += join(header.back() == '{' ? "\"" : ",\"", key, "\":\"", value, "\"");
  header += "}";
  std::int64_t at = 0;
  const auto describe = [&](const std::string& name, const char* type, const hadal::Shape& shape, int from) {
    std::string sizes;
    std::int64_t bytes = 4;
    for (int i = from; i < shape.rank; ++i) sizes += join(i > from ? "," : "", shape[i]), bytes *= shape[i];
    header += join(",\"", name, "\":{\"dtype\":\"", type, "\",\"shape\":[", sizes, "],\"data_offsets\":[", at, ",",
                   at + bytes, "]}");
    at += bytes;
  };
  const std::vector<hadal::NamedTensor> tensors = hadal::state_dict(model);
  for (const auto& [place, tensor] : tensors) {
    if (!place.stacked) describe(place.name, "F32", tensor.shape(), 0);
    else
      for (std::int64_t i = 0; i < tensor.shape(0); ++i) describe(place.entry(i), "F32", tensor.shape(), 1);
  }
  describe("window", "I32", window.shape(), 0);
  header += "}";

  std::FILE* file = std::fopen(path.c_str(), "wb");
  HADAL_CHECK(file, hadal::FileError, path, ": cannot be written");
  const std::uint64_t length = header.size();
  std::fwrite(&length, 1, sizeof length, file);
  std::fwrite(header.data(), 1, header.size(), file);
  for (const auto& [place, tensor] : tensors) std::fwrite(tensor.data_address(), 1, tensor.bytes(), file);
  std::fwrite(window.data(), 1, window.bytes(), file);
  HADAL_CHECK(std::fclose(file) == 0, hadal::FileError, path, ": cannot be written");
}

/// benchmarks/models/peer.py as a child, its threads held to `threads` in PyTorch, OpenMP and OpenBLAS alike. The
/// interpreter is that of HADAL_PEER_PYTHON, else Debian's.
class Peer {
 public:
  Peer(const std::string& file, int threads) {
    const std::string n = std::to_string(threads), omp = "OMP_NUM_THREADS=" + n, blas = "OPENBLAS_NUM_THREADS=" + n;
    const char* chosen = std::getenv("HADAL_PEER_PYTHON");
    const char* python = chosen ? chosen : "/usr/bin/python3";
    int in[2], out[2];
    HADAL_CHECK(::pipe(in) == 0 && ::pipe(out) == 0, hadal::ValueError, "peer: no pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], 0), ::dup2(out[1], 1);
      for (int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      ::execlp("env", "env", "-u", "OPENBLAS_CORETYPE", omp.c_str(), blas.c_str(), python, "benchmarks/models/peer.py",
               file.c_str(), n.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]), ::close(out[1]);
    to_ = ::fdopen(in[1], "w"), from_ = ::fdopen(out[0], "r");
    std::string answer = line();
    if (answer.rfind("ready ", 0) == 0) name_ = answer.substr(6);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    std::fclose(to_), std::fclose(from_);
    ::waitpid(child_, nullptr, 0);
  }

  /// False when the child could not start; it has said why on standard error.
  bool ready() const { return !name_.empty(); }
  const std::string& name() const { return name_; }

  /// The two numbers with which the child answers a command.
  std::pair<double, double> ask(const char* command) {
    std::fprintf(to_, "%s\n", command);
    std::fflush(to_);
    const std::string answer = line();
    std::pair<double, double> numbers{0, 0};
    HADAL_CHECK(std::sscanf(answer.c_str(), "%lf %lf", &numbers.first, &numbers.second) >= 1, hadal::ValueError,
                "peer: no answer to '", command, "'");
    return numbers;
  }

 private:
  std::string line() {
    char text[512] = "";
    if (!std::fgets(text, sizeof text, from_)) return {};
    text[std::strcspn(text, "\n")] = '\0';
    return text;
  }

  pid_t child_ = -1;
  std::FILE *to_ = nullptr, *from_ = nullptr;
  std::string name_;
};

}  // namespace bench
