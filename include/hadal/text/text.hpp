// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/text/bpe.hpp>
#include <hadal/text/bpe_trainer.hpp>
#include <hadal/text/byte_alphabet.hpp>
#include <hadal/text/detokenizer.hpp>
#include <hadal/text/pretokenize.hpp>
#include <hadal/text/tokenizer.hpp>
#include <hadal/text/tokenizer_json.hpp>
