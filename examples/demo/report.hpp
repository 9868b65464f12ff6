// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../plot.hpp"
#include "evaluate.hpp"

#include <fstream>
#include <sstream>

/// The columns of a CSV file of numbers, without its header.
inline std::vector<std::vector<double>> read_columns(const std::string& path) {
  std::vector<std::vector<double>> columns;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream row(line);
    std::string cell;
    for (std::size_t c = 0; std::getline(row, cell, ','); ++c) {
      columns.resize(std::max(columns.size(), c + 1));
      columns[c].push_back(std::strtod(cell.c_str(), nullptr));
    }
  }
  return columns;
}

/// load.csv: layer, expert, tokens in the held-out text.
inline void write_load(const std::string& path, const Evaluation& e) {
  std::string text = "layer,expert,tokens\n";
  for (std::size_t layer = 0; layer < e.load.size(); ++layer)
    for (std::size_t expert = 0; expert < e.load[layer].size(); ++expert)
      text += hadal::join(layer, ',', expert, ',', e.load[layer][expert], '\n');
  hadal::write_file(path, text);
}

/// picture.svg: the loss, and the load of every expert with and without balancing.
inline void write_picture(const Options& o, const Evaluation& final, const Evaluation* unbalanced, double xz) {
  const auto columns = read_columns(o.out + "/metrics.csv");
  plot::LossChart chart{"Learning to write: " + o.text.substr(o.text.rfind('/') + 1)};
  if (columns.size() >= 3) chart.train = {columns[0], columns[2]};
  chart.held_out = {{static_cast<double>(o.steps)}, {final.bits_per_byte}};
  if (xz > 0) chart.levels.push_back({xz, "xz -9e"});
  std::vector<plot::LoadMap> maps;
  const auto add = [&](std::string title, const Evaluation& e) {
    plot::LoadMap map{std::move(title), {}, e.load};
    for (std::size_t i = 0; i < e.load.size(); ++i) map.layers.push_back(hadal::join("layer ", i));
    maps.push_back(std::move(map));
  };
  add("Expert load on the held-out text, balanced by the router's bias", final);
  if (unbalanced) add(hadal::join("The same without balancing, after ", o.twin_steps, " steps"), *unbalanced);
  plot::write_picture(o.out + "/picture.svg", chart, maps);
}

/// The largest resident size of this process so far, in bytes.
inline std::int64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

/// Bits per byte that `xz -9e` needs for the whole text; NaN where there is no xz.
inline double xz_bits_per_byte(const std::string& text) {
  const std::string command = "xz -9e -k -c -T1 '" + text + "' 2>/dev/null | wc -c";
  FILE* pipe = popen(command.c_str(), "r");
  long long bytes = 0;
  const bool ok = pipe && std::fscanf(pipe, "%lld", &bytes) == 1 && bytes > 0;
  if (pipe) pclose(pipe);
  return ok ? 8.0 * static_cast<double>(bytes) / static_cast<double>(std::filesystem::file_size(text)) : std::nan("");
}
