// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include "../../examples/plot.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

using namespace hadal;

namespace {

struct File {
  std::string path = (std::filesystem::temp_directory_path() / join("hadal-plot-", ::getpid(), ".svg")).string();
  ~File() { std::filesystem::remove(path); }
};

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("plot: ticks are round and cover the range, figures are grouped") {
  CHECK(svg::ticks(0, 600, 6).at == std::vector<double>{0, 100, 200, 300, 400, 500, 600});
  CHECK(svg::ticks(0, 600, 6).places == 0);
  const svg::Ticks t = svg::ticks(1.55, 2.31, 4);
  CHECK(t.places == 1);
  CHECK(t.at.size() == 4);
  CHECK(t.at[0] == doctest::Approx(1.6));
  CHECK(svg::number(1234567.891, 2) == "1,234,567.89");
  CHECK(svg::number(-12.5, 1) == "-12.5");
  CHECK(svg::number(999) == "999");
}

TEST_CASE("plot: smoothing keeps constants, lines and the length") {
  std::vector<double> line;
  for (int i = 0; i < 200; ++i) line.push_back(3.0 + 0.5 * i);
  const std::vector<double> smooth = plot::detail::smoothed(line);
  CHECK(smooth.size() == line.size());
  for (std::size_t i = 0; i < line.size(); ++i) CHECK(smooth[i] == doctest::Approx(line[i]).epsilon(1e-12));
  CHECK(plot::detail::smoothed({}).empty());
}

TEST_CASE("plot: the picture holds what it was given") {
  const File file;
  plot::LossChart chart{.title = "A < B & C"};
  chart.train = {{1, 2, 3, 4}, {3.0, std::numeric_limits<double>::quiet_NaN(), 2.5, 2.0}};
  chart.held_out = {{0, 2, 4}, {3.1, 2.6, 2.125}};
  chart.levels = {{2.23, "xz"}};
  plot::write_picture(file.path, chart, {{"Load", {"layer 1", "layer 2"}, {{1, 1, 2}, {0, 0, 0}}}});
  const std::string text = read_file(file.path);
  CHECK(text.starts_with("<?xml"));
  CHECK(text.ends_with("</svg>\n"));
  CHECK(count(text, "nan") == 0);
  CHECK(count(text, "inf") == 0);
  CHECK(count(text, "A &lt; B &amp; C") == 1);
  CHECK(count(text, "<circle") == 4);     // three points and one in the legend
  CHECK(count(text, ">2.125<") == 1);
  CHECK(count(text, ">xz 2.23<") == 1);
  CHECK(count(text, ">layer 2<") == 1);
  CHECK(count(text, ">1.50<") == 1);      // an expert with one and a half times the mean
  CHECK(count(text, ">0.75<") == 2);
  CHECK(count(text, ">0.50<") == 1);      // MaxVio of that layer
}

TEST_CASE("plot: an empty run and an unwritable path") {
  const File file;
  plot::write_picture(file.path, {.title = "empty"}, {});
  CHECK(count(read_file(file.path), ">empty<") == 1);
  CHECK_THROWS_AS(plot::write_picture("/nowhere/x.svg", {.title = "x"}, {}), FileError);
}

TEST_CASE("plot: colours run from blue over near white to red") {
  CHECK(plot::detail::load_colour(0) == "#2c62a6");
  CHECK(plot::detail::load_colour(1) == "#f6f6f4");
  CHECK(plot::detail::load_colour(2) == "#c4321e");
  CHECK(plot::detail::load_colour(9) == "#c4321e");
}
