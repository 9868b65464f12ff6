// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include "svg.hpp"

#include <algorithm>
#include <numeric>

/// The picture of a training run: how the loss fell, and how evenly the experts were used.
namespace plot {

using svg::Point;

struct Curve {
  std::vector<double> x, y;
};

/// A level to compare with, drawn as a dashed line.
struct Level {
  double y;
  std::string name;
};

struct LossChart {
  std::string title;
  std::string x_label = "step", y_label = "bits per byte";
  Curve train{};     ///< each step
  Curve held_out{};  ///< now and then
  std::vector<Level> levels{};
};

/// Tokens that each expert got, layer by layer; any unit, for a cell shows load / mean of its layer.
struct LoadMap {
  std::string title;
  std::vector<std::string> layers;
  std::vector<std::vector<double>> load;
};

namespace detail {

inline const std::string ink = "#1f2933", faint = "#6b7780", grid = "#e6e9ec", light = "#a9c4e4", strong = "#1d5fa8",
                         warm = "#d9480f";
constexpr double width = 960, left = 76, right = width - 36;

/// Mean over a window around each point, a fiftieth of the curve to each side, shorter at the ends.
inline std::vector<double> smoothed(const std::vector<double>& y) {
  const auto n = std::ssize(y), reach = n / 50;
  std::vector<double> out;
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const std::ptrdiff_t r = std::min({reach, i, n - 1 - i});
    out.push_back(std::accumulate(y.begin() + i - r, y.begin() + i + r + 1, 0.0) / static_cast<double>(2 * r + 1));
  }
  return out;
}

/// From blue (no load) over near white (the mean) to red (twice the mean and more).
inline std::string load_colour(double ratio) {
  static constexpr double stops[5][3] = {
      {44, 98, 166}, {156, 193, 226}, {246, 246, 244}, {245, 176, 126}, {196, 50, 30}};
  const double at = std::clamp(ratio, 0.0, 2.0) * 2;
  const auto k = static_cast<std::size_t>(std::min(at, 3.0));
  char text[8];
  int rgb[3];
  for (std::size_t c = 0; c < 3; ++c)
    rgb[c] = static_cast<int>(std::lround(std::lerp(stops[k][c], stops[k + 1][c], at - static_cast<double>(k))));
  std::snprintf(text, sizeof text, "#%02x%02x%02x", rgb[0] & 255, rgb[1] & 255, rgb[2] & 255);
  return text;
}

inline void draw_loss(svg::Picture& picture, const LossChart& chart, double top, double bottom) {
  Curve train;  // without NaN and infinity, which have no place
  for (std::size_t i = 0; i < std::min(chart.train.x.size(), chart.train.y.size()); ++i)
    if (std::isfinite(chart.train.y[i])) train.x.push_back(chart.train.x[i]), train.y.push_back(chart.train.y[i]);
  const std::vector<double> smooth = smoothed(train.y);

  double x_high = 1, low = INFINITY, high = -INFINITY;
  const auto widen = [&](const std::vector<double>& y) {
    for (double v : y)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  };
  widen(train.y), widen(chart.held_out.y);
  for (const Level& level : chart.levels) widen({level.y});
  for (double x : train.x) x_high = std::max(x_high, x);
  for (double x : chart.held_out.x) x_high = std::max(x_high, x);
  if (!(low < high)) low = std::isfinite(low) ? low - 0.5 : 0, high = low + 1;
  low -= 0.04 * (high - low), high += 0.04 * (high - low);
  const auto at = [&](double x, double y) {
    return Point{left + x / x_high * (right - left), bottom - (y - low) / (high - low) * (bottom - top)};
  };

  const svg::Ticks y_ticks = svg::ticks(low, high, 6), x_ticks = svg::ticks(0, x_high, std::min(8.0, x_high));
  for (double y : y_ticks.at) {
    picture.line({left, at(0, y).y}, {right, at(0, y).y}, grid);
    picture.text({left - 10, at(0, y).y + 4.5}, svg::number(y, y_ticks.places), 13, faint, "end");
  }
  picture.line({left, bottom}, {right, bottom}, ink, 1.2);
  for (double x : x_ticks.at) {
    picture.line({at(x, 0).x, bottom}, {at(x, 0).x, bottom + 5}, ink, 1.2);
    picture.text({at(x, 0).x, bottom + 21}, svg::number(x, x_ticks.places), 13, faint, "middle");
  }
  picture.text({(left + right) / 2, bottom + 44}, chart.x_label, 14, ink, "middle");
  const double middle = (top + bottom) / 2;
  const std::string turned = hadal::join("transform='rotate(-90 24 ", middle, ")'");
  picture.text({24, middle}, chart.y_label, 14, ink, "middle", turned.c_str());

  std::vector<Point> each, bold;
  for (std::size_t i = 0; i < train.x.size(); ++i) {
    each.push_back(at(train.x[i], train.y[i]));
    bold.push_back(at(train.x[i], smooth[i]));
  }
  picture.polyline(each, light, 1);
  for (const Level& level : chart.levels) picture.line(at(0, level.y), at(x_high, level.y), faint, 1.2, "6 5");
  picture.polyline(bold, strong, 2.6);
  Point last{0, 0};
  std::vector<Point> dots;
  for (std::size_t i = 0; i < std::min(chart.held_out.x.size(), chart.held_out.y.size()); ++i)
    if (std::isfinite(chart.held_out.y[i])) dots.push_back(last = at(chart.held_out.x[i], chart.held_out.y[i]));
  picture.polyline(dots, warm, 1.4);
  for (const Point& p : dots) picture.dot(p, 5, warm);

  for (const Level& level : chart.levels)
    picture.text({right - 6, at(0, level.y).y - 8}, level.name + " " + svg::number(level.y, 2), 13, faint, "end",
                 svg::Picture::halo);
  if (!dots.empty()) {
    const double v = chart.held_out.y.back();
    picture.text({last.x - 4, last.y - 13}, svg::number(v, 3), 14, warm, "end", svg::Picture::halo);
  }

  double x = left;  // the legend, in one line above the frame
  const auto entry = [&](const char* name, const std::string& colour, double thick, bool dotted) {
    picture.line({x, top - 18}, {x + 26, top - 18}, colour, thick);
    if (dotted) picture.dot({x + 13, top - 18}, 5, colour);
    picture.text({x + 34, top - 13.5}, name, 13, ink);
    x += 34 + 7.6 * static_cast<double>(std::string_view(name).size()) + 26;
  };
  if (!train.x.empty()) entry("training, each step", light, 2, false), entry("training, smoothed", strong, 2.6, false);
  if (!dots.empty()) entry("held-out text", warm, 1.4, true);
}

inline void draw_load(svg::Picture& picture, const LoadMap& map, double top, double row) {
  const double map_left = left + 20, map_right = right - 84;
  std::size_t experts = 1;
  for (const auto& layer : map.load) experts = std::max(experts, layer.size());
  const double cell = (map_right - map_left) / static_cast<double>(experts);
  const double bottom = top + row * static_cast<double>(map.load.size());

  picture.text({map_right + 46, top - 9}, "MaxVio", 13, ink, "middle", svg::Picture::bold);
  for (std::size_t r = 0; r < map.load.size(); ++r) {
    const auto& layer = map.load[r];
    const double sum = std::accumulate(layer.begin(), layer.end(), 0.0);
    const double mean = sum > 0 ? sum / static_cast<double>(layer.size()) : 1;
    const double y = top + row * static_cast<double>(r), text_y = y + row / 2 + 4.5;
    if (r < map.layers.size()) picture.text({map_left - 10, text_y}, map.layers[r], 13, ink, "end");
    double most = 0;
    for (std::size_t e = 0; e < layer.size(); ++e) {
      const double ratio = layer[e] / mean, x = map_left + cell * static_cast<double>(e);
      most = std::max(most, ratio);
      picture.rectangle(x + 1, y + 1, cell - 2, row - 2, load_colour(ratio), 2);
      if (cell < 34 || row < 18) continue;  // no room for figures
      picture.text({x + cell / 2, text_y - 0.5}, svg::number(ratio, 2), 11.5,
                   ratio < 0.35 || ratio > 1.75 ? "#fff" : ink, "middle");
    }
    picture.text({map_right + 46, text_y}, svg::number(most - 1, 2), 13, ink, "middle", svg::Picture::bold);
  }

  const std::size_t every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(26 / cell)));
  for (std::size_t e = 0; e < experts; e += every)
    picture.text({map_left + cell * (static_cast<double>(e) + 0.5), bottom + 17}, std::to_string(e), 12, faint,
                 "middle");
  picture.text({map_left, bottom + 40}, "expert", 14, ink);
  const double key = 220, key_left = map_right - key;  // the colour key, below at the right
  for (int k = 0; k < 44; ++k)
    picture.rectangle(key_left + key * k / 44, bottom + 30, key / 44 + 0.5, 12, load_colour((k + 0.5) / 22));
  picture.text({key_left - 10, bottom + 40.5}, "load / mean    0", 12, faint, "end");
  picture.text({key_left + key / 2, bottom + 56}, "1", 12, faint, "middle");
  picture.text({map_right + 8, bottom + 40.5}, "2 or more", 12, faint);
}

}  // namespace detail

/// Writes the loss chart and, below it, the load maps as one SVG file. Throws hadal::FileError.
inline void write_picture(const std::string& path, const LossChart& chart, const std::vector<LoadMap>& maps) {
  using namespace detail;
  constexpr double loss_top = 96, loss_bottom = 440;
  const auto row_of = [](const LoadMap& map) {
    return std::clamp(260.0 / static_cast<double>(std::max<std::size_t>(1, map.load.size())), 17.0, 30.0);
  };
  double height = loss_bottom + 60;
  for (const LoadMap& map : maps) height += 76 + row_of(map) * static_cast<double>(map.load.size()) + 68;
  svg::Picture picture(width, height + 12);
  picture.text({left - 54, 40}, chart.title, 20, ink, "start", svg::Picture::bold);
  draw_loss(picture, chart, loss_top, loss_bottom);
  double top = loss_bottom + 60;
  for (const LoadMap& map : maps) {
    picture.text({left - 54, top + 34}, map.title, 17, ink, "start", svg::Picture::bold);
    draw_load(picture, map, top + 76, row_of(map));
    top += 76 + row_of(map) * static_cast<double>(map.load.size()) + 68;
  }
  picture.write(path);
}

}  // namespace plot
