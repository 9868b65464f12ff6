// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

// The other side of a benchmark as a process of its own, which answers lines.

#include <hadal/core/error.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// A program as a child, its threads held to `threads` in PyTorch, OpenMP and OpenBLAS alike. It prints "ready NAME"
/// when it has loaded the model, then answers the lines it is sent. What else it prints is passed over.
class Peer {
 public:
  Peer(std::vector<std::string> command, int threads) {
    const std::string n = std::to_string(threads), omp = "OMP_NUM_THREADS=" + n, blas = "OPENBLAS_NUM_THREADS=" + n;
    std::vector<const char*> words{"env", omp.c_str(), blas.c_str()};
    for (const std::string& word : command) words.push_back(word.c_str());
    words.push_back(nullptr);
    int in[2], out[2];
    HADAL_CHECK(::pipe(in) == 0 && ::pipe(out) == 0, hadal::ValueError, "peer: no pipe");
    ::fcntl(in[1], F_SETFD, FD_CLOEXEC), ::fcntl(out[0], F_SETFD, FD_CLOEXEC);  // later peers must not hold them open
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], 0), ::dup2(out[1], 1);
      for (int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
      ::execvp("env", const_cast<char* const*>(words.data()));
      ::_exit(127);
    }
    ::close(in[0]), ::close(out[1]);
    to_ = ::fdopen(in[1], "w"), from_ = ::fdopen(out[0], "r");
    for (std::string said = line(); name_.empty() && !said.empty(); said = line())
      if (said.rfind("ready ", 0) == 0) {
        name_ = said.substr(6, said.size() - 7);
        break;
      }
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
    std::pair<double, double> numbers{0, 0};
    for (std::string said = line(); !said.empty(); said = line())
      if (std::sscanf(said.c_str(), "%lf %lf", &numbers.first, &numbers.second) >= 1) return numbers;
    hadal::fail<hadal::ValueError>("peer: no answer to '", command, "'");
  }

 private:
  std::string line() {
    char text[512] = "";
    return std::fgets(text, sizeof text, from_) ? text : "";
  }

  pid_t child_ = -1;
  std::FILE *to_ = nullptr, *from_ = nullptr;
  std::string name_;
};

}  // namespace bench
