// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

// What the published models' config.json files hold.

namespace hadal::test {

/// What V2-Lite, V2 and V3 have in common, without the braces.
inline std::string common_keys() {
  return R"("attention_bias": false, "attention_dropout": 0.0, "aux_loss_alpha": 0.001, "ep_size": 1,
    "hidden_act": "silu", "initializer_range": 0.02, "kv_lora_rank": 512, "max_position_embeddings": 163840,
    "moe_layer_freq": 1, "pretraining_tp": 1, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "rms_norm_eps": 1e-06,
    "rope_theta": 10000, "seq_aux": true, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_cache": true,
    "v_head_dim": 128, )";
}
inline std::string yarn_keys(const char* mscale) {
  return std::string(R"("rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 40, "mscale": )") + mscale +
         R"(, "mscale_all_dim": )" + mscale + R"(, "original_max_position_embeddings": 4096, "type": "yarn"}, )";
}
inline std::string v2_lite_json() {
  return "{" + common_keys() + yarn_keys("0.707") + R"("architectures": ["DeepseekV2ForCausalLM"],
    "model_type": "deepseek_v2", "vocab_size": 102400, "hidden_size": 2048, "num_hidden_layers": 27,
    "num_attention_heads": 16, "num_key_value_heads": 16, "q_lora_rank": null, "intermediate_size": 10944,
    "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
    "n_group": 1, "topk_group": 1, "topk_method": "greedy", "scoring_func": "softmax", "norm_topk_prob": false,
    "routed_scaling_factor": 1.0, "first_k_dense_replace": 1, "bos_token_id": 100000, "eos_token_id": 100001})";
}
inline std::string v2_json() {
  return "{" + common_keys() + yarn_keys("1.0") + R"("architectures": ["DeepseekV2ForCausalLM"],
    "model_type": "deepseek_v2", "vocab_size": 102400, "hidden_size": 5120, "num_hidden_layers": 60,
    "num_attention_heads": 128, "num_key_value_heads": 128, "q_lora_rank": 1536, "intermediate_size": 12288,
    "moe_intermediate_size": 1536, "n_routed_experts": 160, "n_shared_experts": 2, "num_experts_per_tok": 6,
    "n_group": 8, "topk_group": 3, "topk_method": "group_limited_greedy", "scoring_func": "softmax",
    "norm_topk_prob": false, "routed_scaling_factor": 16.0, "first_k_dense_replace": 1, "bos_token_id": 100000,
    "eos_token_id": 100001})";
}
inline std::string v3_json() {
  return "{" + common_keys() + yarn_keys("1.0") + R"("architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "deepseek_v3", "vocab_size": 129280, "hidden_size": 7168, "num_hidden_layers": 61,
    "num_attention_heads": 128, "num_key_value_heads": 128, "q_lora_rank": 1536, "intermediate_size": 18432,
    "moe_intermediate_size": 2048, "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8,
    "n_group": 8, "topk_group": 4, "topk_method": "noaux_tc", "scoring_func": "sigmoid", "norm_topk_prob": true,
    "routed_scaling_factor": 2.5, "first_k_dense_replace": 3, "num_nextn_predict_layers": 1, "bos_token_id": 0,
    "eos_token_id": 1, "quantization_config": {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8",
    "weight_block_size": [128, 128]}})";
}
inline std::string moonlight_json() {
  return R"({"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "attention_bias": false,
    "aux_loss_alpha": 0.001, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 11264,
    "kv_lora_rank": 512, "max_position_embeddings": 8192, "moe_intermediate_size": 1408, "moe_layer_freq": 1,
    "n_group": 1, "n_routed_experts": 64, "n_shared_experts": 2, "norm_topk_prob": true, "num_attention_heads": 16,
    "num_experts_per_tok": 6, "num_hidden_layers": 27, "num_key_value_heads": 16, "num_nextn_predict_layers": 0,
    "q_lora_rank": null, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "rms_norm_eps": 1e-05, "rope_scaling": null,
    "rope_theta": 50000.0, "routed_scaling_factor": 2.446, "scoring_func": "sigmoid", "seq_aux": true,
    "first_k_dense_replace": 1, "tie_word_embeddings": false, "topk_group": 1, "topk_method": "noaux_tc",
    "torch_dtype": "bfloat16", "v_head_dim": 128, "vocab_size": 163840, "bos_token_id": 163584,
    "eos_token_id": 163586})";
}

}  // namespace hadal::test
