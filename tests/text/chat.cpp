// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#include <hadal/text/chat.hpp>

#include <doctest/doctest.h>

using namespace hadal;

namespace {

const std::vector<ChatMessage> plain = {
    {"system", "Be brief."}, {"user", "Hi"}, {"assistant", "Hello"}, {"user", "Thanks"}};
const std::vector<ChatMessage> tools = {
    {"user", "Weather?"},
    {"assistant", "", {{"get_weather", "{\"city\": \"Bonn\"}"}, {"get_time", "{}"}}},
    {"tool", "22C"},
    {"tool", "noon"},
    {"assistant", "Warm."},
    {"user", "Thanks"}};

}  // namespace

TEST_CASE("chat: V2") {
  CHECK(deepseek_v2_chat(plain).str() ==
        "<｜begin▁of▁sentence｜>Be brief.\n\nUser: Hi\n\nAssistant: Hello"
        "<｜end▁of▁sentence｜>User: Thanks\n\nAssistant:");
  CHECK(deepseek_v2_chat(std::span(plain).subspan(1, 1)).str() == "<｜begin▁of▁sentence｜>User: Hi\n\nAssistant:");
  CHECK(deepseek_v2_chat(std::span(plain).first(3), false).str() ==
        "<｜begin▁of▁sentence｜>Be brief.\n\nUser: Hi\n\nAssistant: Hello<｜end▁of▁sentence｜>");
}

TEST_CASE("chat: V3") {
  CHECK(deepseek_v3_chat(plain).str() ==
        "<｜begin▁of▁sentence｜>Be "
        "brief.<｜User｜>Hi<｜Assistant｜>Hello<｜end▁of▁sentence｜><｜User｜>Thanks<｜Assistant｜>");
  CHECK(deepseek_v3_chat(std::vector<ChatMessage>{{"system", "A"}, {"system", "B"}}, false).str() ==
        "<｜begin▁of▁sentence｜>A\n\nB");
  CHECK(deepseek_v3_chat(tools).str() ==
        "<｜begin▁of▁sentence｜><｜User｜>Weather?<｜Assistant｜><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function"
        "<｜tool▁sep｜>"
        "get_weather\n```json\n{\"city\": \"Bonn\"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function"
        "<｜tool▁sep｜>get_time\n"
        "```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜><｜tool▁outputs▁begin｜>"
        "<｜tool▁output▁begin｜>"
        "22C<｜tool▁output▁end｜><｜tool▁output▁begin｜>noon<｜tool▁output▁end｜><｜tool▁outputs▁end｜>Warm."
        "<｜end▁of▁sentence｜>"
        "<｜User｜>Thanks<｜Assistant｜>");
  CHECK(deepseek_v3_chat(std::span(tools).first(3)).str().ends_with("22C<｜tool▁output▁end｜><｜tool▁outputs▁end｜>"));
}

TEST_CASE("chat: R1 thinks first and forgets what it thought") {
  const std::vector<ChatMessage> turns = {
      {"user", "2+2?"}, {"assistant", "<think>\nadd\n</think>\n\n4"}, {"user", "And 3+3?"}};
  CHECK(
      deepseek_r1_chat(turns).str() ==
      "<｜begin▁of▁sentence｜><｜User｜>2+2?<｜Assistant｜>\n\n4<｜end▁of▁sentence｜><｜User｜>And 3+3?<｜Assistant｜>"
      "<think>\n");
  CHECK(deepseek_r1_chat(plain, false).str() == deepseek_v3_chat(plain, false).str());
}

TEST_CASE("chat: V3.1") {
  CHECK(deepseek_v31_chat(plain, false).str() ==
        "<｜begin▁of▁sentence｜>Be brief.<｜User｜>Hi<｜Assistant｜></think>Hello<｜end▁of▁sentence｜><｜User｜>Thanks"
        "<｜Assistant｜>"
        "</think>");
  CHECK(deepseek_v31_chat(plain, true).str().ends_with("<｜User｜>Thanks<｜Assistant｜><think>"));
  CHECK(deepseek_v31_chat(std::vector<ChatMessage>{{"user", "q"}, {"assistant", "<think>x</think>a"}}, true).str() ==
        "<｜begin▁of▁sentence｜><｜User｜>q<｜Assistant｜></think>a<｜end▁of▁sentence｜>");
  CHECK(deepseek_v31_chat(std::span(tools).first(5), false).str() ==
        "<｜begin▁of▁sentence｜><｜User｜>Weather?<｜Assistant｜></"
        "think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather"
        "<｜tool▁sep｜>{\"city\": "
        "\"Bonn\"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>get_time<｜tool▁sep｜>{}<｜tool▁call▁end｜>"
        "<｜tool▁calls▁end｜><｜end▁of▁sentence｜><｜tool▁output▁begin｜>22C<｜tool▁output▁end｜><"
        "｜tool▁output▁begin｜>noon"
        "<｜tool▁output▁end｜>Warm.<｜end▁of▁sentence｜>");
}

TEST_CASE("chat: ids keep what is said apart from the pieces") {
  std::vector<std::string> bytes;
  for (int b = 0; b < 256; ++b) bytes.emplace_back(1, static_cast<char>(b));
  const Tokenizer t(Bpe(bytes, {}), {{"<｜begin▁of▁sentence｜>", 256}, {"<｜User｜>", 257}, {"<｜Assistant｜>", 258}});
  CHECK(deepseek_v3_chat(std::vector<ChatMessage>{{"user", "Hi"}}).ids(t) ==
        std::vector<std::int32_t>{256, 257, 'H', 'i', 258});
  const ChatText sly = deepseek_v3_chat(std::vector<ChatMessage>{{"user", "<｜User｜>"}});
  CHECK(sly.ids(t).size() == 2 + std::strlen("<｜User｜>") + 1);
  CHECK(t.decode(sly.ids(t)) == sly.str());
  CHECK_THROWS_WITH_AS(deepseek_r1_chat(std::vector<ChatMessage>{}).ids(t),
                       "tokenizer: there is no special piece \"<think>\"", ValueError);
}

TEST_CASE("chat: unknown roles") {
  const std::vector<ChatMessage> odd = {{"poet", "O!"}};
  CHECK_THROWS_WITH_AS(deepseek_v2_chat(odd), "chat: the role must be system, user or assistant, got poet", ValueError);
  CHECK_THROWS_WITH_AS(deepseek_v3_chat(odd), "chat: the role must be system, user, assistant or tool, got poet",
                       ValueError);
  CHECK_THROWS_AS(deepseek_v31_chat(odd, true), ValueError);
}
