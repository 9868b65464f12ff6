// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/json.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <random>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

using namespace hadal;

namespace {

const std::string documents[] = {
    R"({"version": "1.0", "model": {"vocab": {"a": 0, "b": 1}, "merges": ["a b", ["c", "d"]]}, "x": [true, false,
       null]})",
    R"([0, -1, 1.5, -0, -0.0, 1e3, 2E-7, 9223372036854775807, -9223372036854775808, 9223372036854775808, 0.1])",
    R"({"text": "caf\u00e9 \ud83d\ude00 \"quoted\" \\ \/ \b\f\n\r\t é 😀",
       "empty": "", "": {}, "deep": [[[[[]]]]]})",
    R"(  "only a string"  )", "3", "[]", "{}", R"({"a": {"b": {"c": [1, {"d": [2, 3, {"e": "f"}]}]}}})"};

std::string error_of(std::string_view text) {
  try {
    Json::parse(text, "f.json");
  } catch (const FileError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("json: values come out as written") {
  const Json j = Json::parse(documents[0]);
  CHECK(j.get<std::string>("model", "merges", 1, 0) == "c");
  CHECK(j.get<bool>("x", 0));
  CHECK(j.at("x", 2).is_null());
  const Json n = Json::parse(documents[1]);
  CHECK(n.get<std::int64_t>(7) == std::numeric_limits<std::int64_t>::max());
  CHECK(n.get<std::int64_t>(8) == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(n.at(9).is_integer());
  CHECK(n.get<double>(9) == 9223372036854775808.0);
  CHECK(std::signbit(n.get<double>(3)));
  CHECK_FALSE(n.at(5).is_integer());
  CHECK(n.get<double>(6) == 2e-7);
  const Json s = Json::parse(documents[2]);
  CHECK(s.get<std::string>("text") ==
        "caf\xC3\xA9 \xF0\x9F\x98\x80 \"quoted\" \\ / \b\f\n\r\t \xC3\xA9 \xF0\x9F\x98\x80");
}

TEST_CASE("json: writing and reading back is the identity, with and without indent") {
  for (const std::string& text : documents) {
    const Json j = Json::parse(text);
    CHECK(Json::parse(j.dump()) == j);
    CHECK(Json::parse(j.dump(2)) == j);
  }
  CHECK(Json::parse(R"({"a":[1,{"b":2.0}],"c":[],"d":{}})").dump() == R"({"a": [1, {"b": 2.0}], "c": [], "d": {}})");
  CHECK(Json::parse("[1,[2]]").dump(1) == "[\n 1,\n [\n  2\n ]\n]");
  CHECK(Json(std::string("\x01\x1f\0", 3)).dump() == R"("\u0001\u001f\u0000")");
  std::mt19937_64 random(1);
  for (int k = 0; k < 20000; ++k) {
    const double v = std::bit_cast<double>(random());
    if (std::isfinite(v) && std::bit_cast<std::uint64_t>(Json::parse(Json(v).dump()).get<double>()) !=
                                std::bit_cast<std::uint64_t>(v))
      FAIL("not exact: ", Json(v).dump());
  }
}

TEST_CASE("json: errors name the file, the rule and the byte") {
  CHECK(error_of("") == "f.json: expected a value at byte 0");
  CHECK(error_of("[1, 2") == "f.json: expected , at byte 5");
  CHECK(error_of("[1 2]") == "f.json: expected , at byte 3");
  CHECK(error_of("[1,]") == "f.json: expected a value at byte 3");
  CHECK(error_of("{\"a\" 1}") == "f.json: expected : at byte 5");
  CHECK(error_of("{a: 1}") == "f.json: expected a key at byte 1");
  CHECK(error_of("{\"a\": 1,}") == "f.json: expected a key at byte 8");
  CHECK(error_of("{\"a\": 1, \"b\": 2, \"a\": 3}") == "f.json: key \"a\" a second time at byte 17");
  CHECK(error_of("[true, fals]") == "f.json: expected false at byte 7");
  CHECK(error_of("1 1") == "f.json: unexpected text after the value at byte 2");
  CHECK(error_of("\"abc") == "f.json: string without an end at byte 0");
  CHECK(error_of("\"a\nb\"") == "f.json: control character in a string at byte 2");
  CHECK(error_of("\"\\x\"") == "f.json: unknown escape at byte 1");
  CHECK(error_of("\"\\") == "f.json: unknown escape at byte 1");
  CHECK(error_of("\"\\u12g4\"") == "f.json: expected four hexadecimal digits at byte 3");
  CHECK(error_of("\"\\u12") == "f.json: expected four hexadecimal digits at byte 3");
  CHECK(error_of("\"\\u-123\"") == "f.json: expected four hexadecimal digits at byte 3");
  CHECK(error_of("\"\\ud83d\"") == "f.json: high surrogate without its low one at byte 1");
  CHECK(error_of("\"\\ud83d\\u0041\"") == "f.json: high surrogate without its low one at byte 1");
  CHECK(error_of("\"\\ude00\"") == "f.json: low surrogate without its high one at byte 1");
  CHECK(error_of("01") == "f.json: number with a leading zero at byte 0");
  CHECK(error_of("-") == "f.json: expected a value at byte 0");
  CHECK(error_of("1.") == "f.json: expected a digit at byte 2");
  CHECK(error_of("1e+") == "f.json: expected a digit at byte 3");
  CHECK(error_of("+1") == "f.json: expected a value at byte 0");
  CHECK(error_of("NaN") == "f.json: expected a value at byte 0");
  CHECK(error_of("1e-999") == "f.json: number outside the range of double at byte 0");
  CHECK(error_of("1e999") == "f.json: number outside the range of double at byte 0");
  CHECK(error_of("\"a\xff\"") == "f.json: text must be UTF-8: broken character at byte 2");
  CHECK(error_of(std::string(100000, '[')) == "f.json: more than 128 levels at byte 129");
  CHECK_THROWS_AS(Json(std::numeric_limits<double>::infinity()).dump(), ValueError);
  CHECK_THROWS_AS(Json(std::numeric_limits<double>::quiet_NaN()).dump(), ValueError);
  CHECK_THROWS_AS(Json("\xff").dump(), ValueError);
}

TEST_CASE("json: damaged documents give a value or a FileError, never anything else") {
  std::mt19937 random(7);
  const std::string spare = "{}[]\",:\\u0019-+.eEtfn \n\xff\xc3\xa9";
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = documents[random() % std::size(documents)];
    for (auto n = 1 + random() % 3; n > 0 && !text.empty(); --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text.erase(at, 1 + random() % 4); break;
        case 1: text.insert(at, 1, spare[random() % spare.size()]); break;
        case 2: text[at] = spare[random() % spare.size()]; break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 9)); break;
      }
    }
    [[maybe_unused]] bool ok = true;
    Json j;
    try {
      j = Json::parse(text);
      if (!(Json::parse(j.dump()) == j)) FAIL("not stable: ", text);
      ++accepted;
    } catch (const FileError&) {
      ok = false;
      ++refused;
    }
#ifdef NLOHMANN_JSON_VERSION_MAJOR
    // The peer keeps the last of two equal keys and rounds tiny numbers to zero; all else must be judged alike.
    const nlohmann::json peer = nlohmann::json::parse(text, nullptr, false);
    if (ok && peer.is_discarded()) FAIL("accepted, but the peer refuses: ", text);
    if (!ok && !peer.is_discarded() && error_of(text).find("a second time") == std::string::npos &&
        error_of(text).find("outside the range") == std::string::npos)
      FAIL("refused, but the peer accepts: ", text, "  ", error_of(text));
    if (ok && nlohmann::json::parse(j.dump()) != peer) FAIL("another value: ", text);
#endif
  }
  CHECK(accepted > 1000);
  CHECK(refused > 1000);
}
