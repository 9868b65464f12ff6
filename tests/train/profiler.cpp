// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/train/profiler.hpp>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("Profiler sums the work of ops, by op") {
  Profiler counter;
  { const trace::Scope unheard("matmul", 100); }
  {
    const trace::Install install(counter);
    { const trace::Scope a("matmul", 100, 10); }
    { const trace::Scope b("norm", 5, 20); }
    { const trace::Scope c("matmul", 1, 2); }
  }
  CHECK(counter.total().calls == 3);
  CHECK(counter.total().operations == 106);
  CHECK(counter.total().bytes == 32);
  CHECK(counter.by_op().at("matmul").operations == 101);
  CHECK(counter.by_op().at("norm").calls == 1);
  CHECK(counter.total().seconds >= counter.by_op().at("norm").seconds);
  counter.reset();
  CHECK(counter.total().calls == 0);
  CHECK(counter.by_op().empty());
}

TEST_CASE("Profiler prints a table and writes a trace") {
  Profiler profiler(true);
  profiler.event({"matmul", 10.0, 0.5, 1e9, 1e6});
  profiler.event({"norm", 10.5, 0.25, 1e6, 1e9});
  const std::string table = profiler.table(4e9);
  CHECK(table.find("matmul") < table.find("norm"));
  CHECK(table.find("50.0") != std::string::npos);  // 2 of 4 GFLOP/s
  const ScratchFolder folder;
  profiler.write_trace(folder / "trace.json");
  const Json trace = Json::parse(read_file(folder / "trace.json"));
  CHECK(trace.get<Json::Array>("traceEvents").size() == 2);
  CHECK(trace.get<std::string>("traceEvents", 1, "name") == "norm");
  CHECK(trace.get<double>("traceEvents", 1, "ts") == doctest::Approx(5e5));
  CHECK(trace.get<double>("traceEvents", 0, "dur") == doctest::Approx(5e5));
  profiler.keep_events(false);
  profiler.event({"late", 11, 1, 0, 0});
  profiler.write_trace(folder / "trace.json");
  CHECK(Json::parse(read_file(folder / "trace.json")).get<Json::Array>("traceEvents").size() == 2);
}
