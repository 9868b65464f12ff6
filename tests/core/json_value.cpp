// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/core/json_value.hpp>

#include <doctest/doctest.h>

using namespace hadal;

static Json sample() {
  Json layer;
  layer["width"] = 256;
  layer["name"] = "first";
  Json model;
  model["layers"].push_back(layer);
  model["rate"] = 0.5;
  model["tied"] = true;
  Json root;
  root["model"] = model;
  return root;
}

TEST_CASE("json value: typed access along a way") {
  const Json j = sample();
  CHECK(j.get<int>("model", "layers", 0, "width") == 256);
  CHECK(j.get<double>("model", "layers", 0, "width") == 256.0);
  CHECK(j.get<float>("model", "rate") == 0.5f);
  CHECK(j.get<bool>("model", "tied"));
  CHECK(j.get<std::string>("model", "layers", 0, "name") == "first");
  CHECK(j.get<Json::Array>("model", "layers").size() == 1);
  CHECK(j.get<Json::Object>("model").size() == 3);
  CHECK(j.at("model").get_or("rate", 1.0) == 0.5);
  CHECK(j.at("model").get_or("momentum", 0.9) == 0.9);
  CHECK(j.find("nothing") == nullptr);
  CHECK(Json(3).find("nothing") == nullptr);
  CHECK(sample() == j);
  CHECK_FALSE(Json(1) == Json(1.0));
}

TEST_CASE("json value: errors name the way, the rule and what is there") {
  const Json j = sample();
  CHECK_THROWS_WITH_AS(j.get<int>("model", "layers", 0, "name"),
                       "json: model.layers[0].name must be an integer, got a string", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<int>("model", "rate"), "json: model.rate must be an integer, got a number", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<bool>("model", "rate"), "json: model.rate must be a boolean, got a number", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<double>("model", "tied"), "json: model.tied must be a number, got a boolean", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<std::string>("model"), "json: model must be a string, got an object", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<Json::Array>("model", "tied"), "json: model.tied must be an array, got a boolean",
                       ConfigError);
  CHECK_THROWS_WITH_AS(Json().get<Json::Object>(), "json: the document must be an object, got null", ConfigError);
  CHECK_THROWS_WITH_AS(j.get<std::int8_t>("model", "layers", 0, "width"),
                       "json: model.layers[0].width must be between -128 and 127, got 256", ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", "depth"), "json: model.depth is missing", ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", "layers", 1), "json: model.layers[1] is missing: the array has 1 elements",
                       ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", "layers", -1), "json: model.layers[-1] is missing: the array has 1 elements",
                       ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", "rate", "x"), "json: model.rate must be an object, got a number", ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", 0), "json: model must be an array, got an object", ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model").get_or("rate", std::string()), "json: rate must be a string, got a number",
                       ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model").allow_only({"layers", "rate"}), "json: key \"tied\" is not understood",
                       ConfigError);
  CHECK_THROWS_WITH_AS(j.at("model", "rate").allow_only({}), "json: the settings must be an object, got a number",
                       ConfigError);
  j.at("model").allow_only({"rate", "tied", "layers", "more"});
  static_assert(!std::is_constructible_v<Json, const void*>);
}

TEST_CASE("json value: writing to the wrong kind and integers too large") {
  Json number = 3;
  CHECK_THROWS_WITH_AS(number["key"], "json: key \"key\" needs an object, got an integer", ConfigError);
  CHECK_THROWS_WITH_AS(number.push_back(1), "json: an element needs an array, got an integer", ConfigError);
  CHECK_THROWS_AS(Json(std::uint64_t{1} << 63), ValueError);
  CHECK(Json((std::uint64_t{1} << 63) - 1).get<std::uint64_t>() == (std::uint64_t{1} << 63) - 1);
}
