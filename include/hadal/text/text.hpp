// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/added_pieces.hpp>
#include <hadal/text/bpe.hpp>
#include <hadal/text/bpe_trainer.hpp>
#include <hadal/text/byte_alphabet.hpp>
#include <hadal/text/chat.hpp>
#include <hadal/text/detokenizer.hpp>
#include <hadal/text/merge_table.hpp>
#include <hadal/text/normalize.hpp>
#include <hadal/text/normalize_table.hpp>
#include <hadal/text/piece_table.hpp>
#include <hadal/text/pre_tokenizer.hpp>
#include <hadal/text/pretokenize.hpp>
#include <hadal/text/split_patterns.hpp>
#include <hadal/text/tokenizer.hpp>
#include <hadal/text/tokenizer_json.hpp>
#include <hadal/text/tokenizer_rules.hpp>
#include <hadal/text/unicode.hpp>
#include <hadal/text/unicode_table.hpp>
