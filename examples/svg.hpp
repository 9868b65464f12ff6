// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

/// A small SVG picture: shapes and text at pixel positions, written as one file that needs nothing else.
namespace svg {

struct Point {
  double x, y;
};

/// A number for the reader: fixed places, thousands set apart.
inline std::string number(double v, int places = 0) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", places, std::fabs(v));
  std::string s = text;
  for (auto i = static_cast<std::ptrdiff_t>(std::min(s.find('.'), s.size())) - 3; i > 0; i -= 3)
    s.insert(static_cast<std::size_t>(i), ",");
  return v < 0 ? "-" + s : s;
}

/// Where an axis is marked, and the decimal places of the labels.
struct Ticks {
  std::vector<double> at;
  int places;
};

/// Round values (1, 2 or 5 times a power of ten apart) from low to high, about `count` of them.
inline Ticks ticks(double low, double high, double count) {
  const double rough = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
  Ticks ticks{{}, std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)))};
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) ticks.at.push_back(k * step);
  return ticks;
}

class Picture {
 public:
  Picture(double width, double height) : width_(width), height_(height) {}

  void rectangle(double x, double y, double w, double h, const std::string& fill, double radius = 0) {
    add("<rect x='", x, "' y='", y, "' width='", w, "' height='", h, "' rx='", radius, "' fill='", fill, "'/>");
  }
  void line(Point a, Point b, const std::string& colour, double width = 1, const char* dashes = "none") {
    add("<line x1='", a.x, "' y1='", a.y, "' x2='", b.x, "' y2='", b.y, "' stroke='", colour, "' stroke-width='", width,
        "' stroke-dasharray='", dashes, "'/>");
  }
  void polyline(const std::vector<Point>& points, const std::string& colour, double width) {
    add("<polyline fill='none' stroke-linejoin='round' stroke-linecap='round' stroke='", colour, "' stroke-width='",
        width, "' points='");
    for (const Point& p : points) add(p.x, ",", p.y, " ");
    add("'/>");
  }
  void dot(Point p, double radius, const std::string& fill) {
    add("<circle cx='", p.x, "' cy='", p.y, "' r='", radius, "' fill='", fill, "' stroke='#fff' stroke-width='1.5'/>");
  }
  /// anchor: start, middle or end; more: further attributes, such as `bold` or `halo`.
  void text(Point p, std::string_view s, double size, const std::string& colour, const char* anchor = "start",
            const char* more = "") {
    add("<text x='", p.x, "' y='", p.y, "' font-size='", size, "' fill='", colour, "' text-anchor='", anchor, "' ",
        more, ">", escaped(s), "</text>");
  }
  static constexpr const char* bold = "font-weight='600'";
  /// A white rim that keeps text legible on lines.
  static constexpr const char* halo = "font-weight='600' paint-order='stroke' stroke='#fff' stroke-width='4'";

  /// Throws hadal::FileError.
  void write(const std::string& path) const {
    const std::string size =
        hadal::join("width='", width_, "' height='", height_, "' viewBox='0 0 ", width_, " ", height_);
    hadal::write_file(path, "<?xml version='1.0' encoding='UTF-8'?>\n<svg xmlns='http://www.w3.org/2000/svg' " + size +
                                "' font-family='Inter, Helvetica, Arial, DejaVu Sans, sans-serif'>\n"
                                "<rect width='100%' height='100%' fill='#fff'/>\n" +
                                body_ + "</svg>\n");
  }

 private:
  static void put(std::string& s, double v) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.1f", v);
    s += digits;
  }
  static void put(std::string& s, std::string_view v) { s += v; }
  template <class... Parts>
  void add(const Parts&... parts) {
    (put(body_, parts), ...);
    if (body_.back() == '>') body_ += '\n';
  }
  static std::string escaped(std::string_view s) {
    std::string out;
    for (char c : s) {
      if (c == '<') out += "&lt;";
      else if (c == '&') out += "&amp;";
      else out += c;
    }
    return out;
  }

  double width_, height_;
  std::string body_;
};

}  // namespace svg
