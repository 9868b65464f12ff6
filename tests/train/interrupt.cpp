// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/train/interrupt.hpp>

#include <sys/wait.h>
#include <unistd.h>

using namespace hadal;

TEST_CASE("the first signal sets the flag, a handler from before comes back") {
  static volatile std::sig_atomic_t outer = 0;
  std::signal(SIGTERM, [](int) { outer = 1; });
  {
    const Interrupt interrupt;
    CHECK(!interrupt.requested());
    CHECK_THROWS_AS(Interrupt{}, ValueError);
    std::raise(SIGTERM);
    CHECK(interrupt.requested());
    CHECK(outer == 0);
  }
  std::raise(SIGTERM);
  CHECK(outer == 1);
  std::signal(SIGTERM, SIG_DFL);
  const Interrupt again;
  CHECK(!again.requested());
  std::raise(SIGINT);
  CHECK(again.requested());
}

TEST_CASE("the second signal ends the program") {
  const pid_t child = ::fork();
  if (child == 0) {
    const Interrupt interrupt;
    std::raise(SIGINT);
    if (!interrupt.requested()) ::_exit(3);
    std::raise(SIGINT);
    ::_exit(4);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
