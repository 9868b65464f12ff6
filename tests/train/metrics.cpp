// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <hadal/train/metrics.hpp>

#include <poll.h>

#include "io/scratch.hpp"

using namespace hadal;

TEST_CASE("MetricsFile writes rows at once, and goes on where a resumed run does") {
  const ScratchFolder folder;
  const std::string path = folder / "metrics.csv";
  {
    MetricsFile m(path, {"step", "loss"});
    m.add({0, 3.5});
    CHECK(read_file(path) == "step,loss\n0,3.5\n");
    m.add({1, 3.25});
    m.add({2, 3});
    CHECK_THROWS_AS(m.add({1}), ValueError);
  }
  write_file(path, read_file(path) + "3,2.");  // killed inside a row
  {
    MetricsFile m(path, {"step", "loss"}, 2);
    m.add({2, 2.75});
  }
  CHECK(read_file(path) == "step,loss\n0,3.5\n1,3.25\n2,2.75\n");
  CHECK(error_of<FileError>([&] { MetricsFile m(path, {"step", "norm"}, 1); }) ==
        path + ": its columns must be step,norm, are step,loss");
  { MetricsFile m(path, {"step", "norm"}); }
  CHECK(read_file(path) == "step,norm\n");
  CHECK_THROWS_AS(MetricsFile(path, {}), ValueError);
  CHECK_THROWS_AS(MetricsFile(path, {"a,b"}), ValueError);
  CHECK_THROWS_AS(MetricsFile(folder / "no/such", {"step"}), FileError);
}

TEST_CASE("MetricsFile on a full disk is an error naming the path") {
  const ScratchFolder folder;
  const std::string path = folder / "metrics.csv";
  MetricsFile m(path, {"step"});
  const FullDisk full(8);
  CHECK(error_of<FileError>([&] {
          for (int i = 0; i < 9; ++i) m.add({123456});
        }).starts_with(path + ": cannot be written"));
}

TEST_CASE("progress_text shows what is known") {
  CHECK(progress_text({12, 400, 3.21449, 2.0119, 8123.4, 0.409, 187}) ==
        "step 12/400  loss 3.2145  2.012 bits/byte  8123 tokens/s  41 % of peak  3:07 left");
  Progress p;
  p.step = 1, p.steps = 2, p.seconds_left = 3725;
  CHECK(progress_text(p) == "step 1/2  1:02:05 left");
}

TEST_CASE("ProgressLine: a line an interval into a file, nothing without a stream") {
  ProgressLine silent(nullptr);
  silent.show({1, 2});
  std::FILE* file = std::tmpfile();
  const auto written = [&] {
    std::rewind(file);
    char text[256] = {};
    return std::string(text, std::fread(text, 1, sizeof text, file));
  };
  {
    ProgressLine line(file, 1000);
    line.show({1, 3, 2.5});
    line.show({2, 3, 2.25});  // too soon
    line.show({3, 3, 2});     // the last is always shown
  }
  CHECK(written() == "step 1/3  loss 2.5000\nstep 3/3  loss 2.0000\n");
  std::fclose(file);
}

TEST_CASE("ProgressLine: on a terminal the line changes in place") {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) {
    MESSAGE("not tested: this system has no pseudo-terminals");
    return;
  }
  REQUIRE(::grantpt(master) == 0);
  REQUIRE(::unlockpt(master) == 0);
  std::FILE* terminal = std::fopen(::ptsname(master), "w");
  REQUIRE(terminal);
  {
    ProgressLine line(terminal, 1000);
    line.show({1, 30, 12.5});
    line.show({2, 30, 2.5});
  }
  std::string text;  // a terminal hands over what was written in pieces of its own
  pollfd readable{master, POLLIN, 0};
  while (!text.ends_with("\n") && ::poll(&readable, 1, 2000) > 0) {
    char part[256];
    const auto n = ::read(master, part, sizeof part);
    if (n <= 0) break;
    text.append(part, static_cast<std::size_t>(n));
  }
  CHECK(text == "\rstep 1/30  loss 12.5000\rstep 2/30  loss 2.5000 \r\n");
  std::fclose(terminal);
  ::close(master);
}
