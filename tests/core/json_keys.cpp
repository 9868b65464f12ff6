// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/json_keys.hpp>

#include <doctest/doctest.h>

namespace json_keys_test {
using namespace hadal;

TEST_CASE("json keys: what is asked for comes back, the rest is unknown") {
  const Json json = Json::parse(R"({"n": 3, "x": 0.5, "whole": 2, "word": "a", "yes": true, "none": null, "more": 1})");
  JsonKeys in(json, "outer");
  CHECK(in.get<std::int64_t>("n") == 3);
  CHECK(in.need<double>("x") == 0.5);
  CHECK(in.get<double>("whole") == 2.0);
  CHECK(in.get<std::string>("word") == "a");
  CHECK(in.get<bool>("yes") == true);
  CHECK_FALSE(in.get<bool>("none").has_value());
  CHECK_FALSE(in.get<bool>("absent").has_value());
  std::vector<std::string> unknown;
  in.add_unknown(unknown);
  CHECK(unknown == std::vector<std::string>{"outer.more"});
  in.ignore({"more"});
  unknown.clear();
  in.add_unknown(unknown);
  CHECK(unknown.empty());
}

TEST_CASE("json keys: errors name the key and its value") {
  const Json json = Json::parse(R"({"n": 3, "word": "a", "big": 2147483648, "none": null})");
  JsonKeys in(json), inner(json, "outer");
  CHECK_THROWS_WITH_AS(in.need<std::int64_t>("none"), "json: none is missing", ConfigError);
  CHECK_THROWS_WITH_AS(inner.need<bool>("absent"), "json: outer.absent is missing", ConfigError);
  CHECK_THROWS_WITH_AS(in.get<bool>("n"), "json: n must be a boolean, got 3", ConfigError);
  CHECK_THROWS_WITH_AS(in.get<std::int64_t>("word"), "json: word must be an integer of 31 bits, got \"a\"",
                       ConfigError);
  CHECK_THROWS_WITH_AS(in.get<std::int64_t>("big"), "json: big must be an integer of 31 bits, got 2147483648",
                       ConfigError);
  CHECK_THROWS_WITH_AS(in.get<double>("word"), "json: word must be a number, got \"a\"", ConfigError);
  CHECK_THROWS_WITH_AS(in.get<std::string>("n"), "json: n must be a string, got 3", ConfigError);
  CHECK_NOTHROW(in.only<std::string>("word", "a"));
  CHECK_NOTHROW(in.only("absent", true));
  CHECK_THROWS_WITH_AS(in.only<std::string>("word", "b"), "json: word must be \"b\", got \"a\"", ConfigError);
  CHECK_THROWS_WITH_AS(JsonKeys(Json(1)), "json: the document must be an object, got an integer", ConfigError);
  CHECK_THROWS_WITH_AS(JsonKeys(Json("x"), "outer"), "json: outer must be an object, got a string", ConfigError);
}

}  // namespace json_keys_test
