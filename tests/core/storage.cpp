// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/core/storage.hpp>

using namespace hadal;

TEST_CASE("storage: memory goes back with the last handle") {
  const std::size_t before = runtime().cpu_memory.use().live;
  {
    StorageRef a = allocate(Cpu{}, 1000);
    CHECK(a.unique());
    const StorageRef b = a;
    CHECK(!a.unique());
    CHECK(runtime().cpu_memory.use().live >= before + 1000);
    const int value = 42;
    int back = 0;
    copy_from_host(Cpu{}, a->data, &value, sizeof value);
    copy_to_host(Cpu{}, &back, b->data, sizeof back);
    CHECK(back == 42);
  }
  CHECK(runtime().cpu_memory.use().live == before);
}

TEST_CASE("storage: borrowed memory is released by its own function") {
  int value = 5, released = 0;
  {
    StorageRef s = borrow(&value, sizeof value, DeviceKind::cpu,
                          [](Storage& self) noexcept { ++*static_cast<int*>(self.context); }, &released);
    StorageRef moved = std::move(s);
    CHECK(!s);
    CHECK(moved->data == &value);
    CHECK(released == 0);
  }
  CHECK(released == 1);
}
