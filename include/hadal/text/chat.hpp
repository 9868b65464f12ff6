// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/tokenizer.hpp>

namespace hadal {

/// A function that an assistant asks for.
struct ToolCall {
  std::string name;
  std::string arguments;  ///< a JSON document
  std::string type = "function";
};

/// One turn of a conversation. The role is "system", "user", "assistant" or "tool" (the result of a call).
struct ChatMessage {
  std::string role;
  std::string content;
  std::vector<ToolCall> tool_calls = {};
};

/// A conversation laid out for a model: text, and between it the pieces that structure it.
class ChatText {
 public:
  ChatText& text(std::string_view s) {
    if (parts_.empty() || parts_.back().is_piece) parts_.push_back({});
    parts_.back().text += s;
    return *this;
  }
  ChatText& piece(std::string_view s) {
    parts_.push_back({std::string(s), true});
    return *this;
  }

  /// All of it as one string.
  std::string str() const {
    std::string all;
    for (const Part& p : parts_) all += p.text;
    return all;
  }

  /// Its ids. What the messages say is plain text: a piece's name in it stays letters. Throws ValueError when the
  /// tokenizer lacks a piece.
  std::vector<std::int32_t> ids(const Tokenizer& tokenizer) const {
    std::vector<std::int32_t> all;
    for (const Part& p : parts_) {
      if (p.is_piece) {
        all.push_back(tokenizer.special(p.text));
      } else {
        const std::vector<std::int32_t> some = tokenizer.encode(p.text);
        all.insert(all.end(), some.begin(), some.end());
      }
    }
    return all;
  }

 private:
  struct Part {
    std::string text;
    bool is_piece = false;
  };
  std::vector<Part> parts_;
};

namespace detail::chat {

inline constexpr const char *bos = "<｜begin▁of▁sentence｜>", *eos = "<｜end▁of▁sentence｜>", *user = "<｜User｜>",
                            *assistant = "<｜Assistant｜>", *think = "<think>", *think_end = "</think>",
                            *calls = "<｜tool▁calls▁begin｜>", *calls_end = "<｜tool▁calls▁end｜>",
                            *call = "<｜tool▁call▁begin｜>", *call_end = "<｜tool▁call▁end｜>",
                            *separator = "<｜tool▁sep｜>", *outputs = "<｜tool▁outputs▁begin｜>",
                            *outputs_end = "<｜tool▁outputs▁end｜>", *output = "<｜tool▁output▁begin｜>",
                            *output_end = "<｜tool▁output▁end｜>";

[[noreturn]] HADAL_COLD inline void unknown_role(const ChatMessage& m, const char* roles) {
  fail<ValueError>("chat: the role must be ", roles, ", got ", m.role);
}

/// The first piece and all that the system says.
inline void open(ChatText& chat, std::span<const ChatMessage> messages) {
  chat.piece(bos);
  bool first = true;
  for (const ChatMessage& m : messages) {
    if (m.role != "system") continue;
    if (!first) chat.text("\n\n");
    chat.text(m.content);
    first = false;
  }
}

/// V3's layout, which R1 shares: what was thought in earlier turns is left out.
inline ChatText deepseek_v3(std::span<const ChatMessage> messages, bool prompt, bool thinking) {
  ChatText chat;
  open(chat, messages);
  bool any_call = false, any_output = false, after_output = false;
  for (const ChatMessage& m : messages) {
    if (m.role == "user") {
      after_output = false;
      chat.piece(user).text(m.content);
    } else if (m.role == "assistant" && !m.tool_calls.empty()) {
      after_output = false;
      for (const ToolCall& t : m.tool_calls) {
        if (any_call) {
          chat.text("\n");
        } else {
          chat.piece(assistant);
          if (!m.content.empty()) chat.text(m.content);
          chat.piece(calls);
        }
        any_call = true;
        chat.piece(call).text(t.type).piece(separator).text(join(t.name, "\n```json\n", t.arguments, "\n```"));
        chat.piece(call_end);
      }
      chat.piece(calls_end).piece(eos);
    } else if (m.role == "assistant") {
      const std::size_t thought = after_output ? std::string::npos : m.content.rfind(think_end);
      chat.piece(after_output ? outputs_end : assistant);
      chat.text(m.content.substr(thought == std::string::npos ? 0 : thought + std::strlen(think_end)));
      chat.piece(eos);
      after_output = false;
    } else if (m.role == "tool") {
      if (!any_output) chat.piece(outputs);
      any_output = after_output = true;
      chat.piece(output).text(m.content).piece(output_end);
    } else if (m.role != "system") {
      unknown_role(m, "system, user, assistant or tool");
    }
  }
  if (after_output) {
    chat.piece(outputs_end);
  } else if (prompt) {
    chat.piece(assistant);
    if (thinking) chat.piece(think).text("\n");
  }
  return chat;
}

}  // namespace detail::chat

// The layouts of published models. `prompt`: ends where the assistant's next answer begins.

/// DeepSeek-V2 chat: bos System⏎⏎ User: ...⏎⏎ Assistant: ... eos, with the roles as plain words.
inline ChatText deepseek_v2_chat(std::span<const ChatMessage> messages, bool prompt = true) {
  ChatText chat;
  chat.piece(detail::chat::bos);
  for (const ChatMessage& m : messages) {
    if (m.role == "system")
      chat.text(m.content + "\n\n");
    else if (m.role == "user")
      chat.text("User: " + m.content + "\n\n");
    else if (m.role == "assistant")
      chat.text("Assistant: " + m.content).piece(detail::chat::eos);
    else
      detail::chat::unknown_role(m, "system, user or assistant");
  }
  if (prompt) chat.text("Assistant:");
  return chat;
}

/// DeepSeek-V3: the roles are pieces of their own, and nothing stands between them and what is said.
inline ChatText deepseek_v3_chat(std::span<const ChatMessage> messages, bool prompt = true) {
  return detail::chat::deepseek_v3(messages, prompt, false);
}

/// DeepSeek-R1: as V3, but the answer begins with thinking.
inline ChatText deepseek_r1_chat(std::span<const ChatMessage> messages, bool prompt = true) {
  return detail::chat::deepseek_v3(messages, prompt, true);
}

/// DeepSeek-V3.1: answers follow <think> or, without thinking, </think>; calls and results are laid out more briefly.
inline ChatText deepseek_v31_chat(std::span<const ChatMessage> messages, bool thinking, bool prompt = true) {
  using namespace detail::chat;
  ChatText chat;
  open(chat, messages);
  bool after_user = false, after_output = false;
  for (const ChatMessage& m : messages) {
    if (m.role == "user") {
      after_user = true, after_output = false;
      chat.piece(user).text(m.content);
    } else if (m.role == "assistant") {
      if (after_user) chat.piece(assistant).piece(think_end);
      const std::size_t thought =
          after_output || !m.tool_calls.empty() ? std::string::npos : m.content.find(think_end);
      const std::size_t start = thought == std::string::npos ? 0 : thought + std::strlen(think_end);
      if (start < m.content.size()) chat.text(std::string_view(m.content).substr(start));
      if (!m.tool_calls.empty()) chat.piece(calls);
      for (const ToolCall& t : m.tool_calls)
        chat.piece(call).text(t.name).piece(separator).text(t.arguments).piece(call_end);
      if (!m.tool_calls.empty()) chat.piece(calls_end);
      chat.piece(eos);
      after_user = after_output = false;
    } else if (m.role == "tool") {
      after_user = false, after_output = true;
      chat.piece(output).text(m.content).piece(output_end);
    } else if (m.role != "system") {
      unknown_role(m, "system, user, assistant or tool");
    }
  }
  if (prompt && after_user) chat.piece(assistant).piece(thinking ? think : think_end);
  return chat;
}

}  // namespace hadal
