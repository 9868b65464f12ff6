// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// The demo: a DeepSeek-style model (latent attention, experts, two-token prediction) learns English prose and writes
// some. sh examples/demo.sh fetches the text and runs it; --help lists the options.
// test: --text ../../../../../include/hadal/tensor/tensor.hpp --out demo --steps 4 --batch 2 --length 16 --vocab 300 --width 16 --heads 2 --latent 8 --layers 2 --experts 4 --chosen 2 --expert-width 8 --twin-steps 2 --write 8 --prompt A
#include "report.hpp"
#include "training.hpp"

#include <hadal/generate/decode.hpp>
#include <hadal/models/deepseek/pretrained.hpp>

using namespace hadal;

namespace {

/// Trains to the end, or until it is asked to stop; then the run is saved and false comes back.
bool train(Training& run, double& seconds, double& operations, double peak) {
  const Options& o = run.options;
  const double bits = 1 / std::log(2.0) / run.corpus.bytes_per_token();
  MetricsFile metrics(o.out + "/metrics.csv", {"step", "loss", "bits_per_byte", "gradient_norm", "seconds"}, run.step);
  ProgressLine line(stdout);
  Profiler profiler;
  const trace::Install install(profiler);
  const Interrupt interrupt;
  const std::int64_t first = run.step;
  const double begin = bench::now();
  while (run.step < o.steps) {
    profiler.keep_events(!o.profile.empty() && run.step - first < 3);
    const Training::Step s = run.advance(o.gamma);
    seconds = bench::now() - begin;
    operations = profiler.total().operations;
    metrics.add({static_cast<double>(run.step - 1), s.loss, s.loss * bits, s.gradient_norm, seconds});
    const double done = static_cast<double>(run.step - first);
    line.show({.step = run.step,
               .steps = o.steps,
               .loss = s.loss,
               .bits_per_byte = s.loss * bits,
               .tokens_per_second = done * static_cast<double>(o.batch * o.length) / seconds,
               .share_of_peak = operations / seconds / peak,
               .seconds_left = seconds / done * static_cast<double>(o.steps - run.step)});
    if (run.step % o.save_every == 0 || run.step == o.steps || interrupt.requested()) run.save();
    if (interrupt.requested() && run.step < o.steps) return false;
  }
  if (!o.profile.empty()) {
    std::fputs(profiler.table(peak, run.step - first).c_str(), stdout);
    profiler.write_trace(o.profile);
  }
  return true;
}

/// The same run, of a few steps, with and without balancing: what the bias costs and what it brings.
struct Twins {
  Evaluation balanced, unbalanced;
};
Twins compare_twins(const Options& o, const Corpus& corpus) {
  const auto after = [&](double gamma) {
    Training run(o, corpus);
    while (run.step < std::min(o.twin_steps, o.steps)) run.advance(gamma);
    return evaluate(run.model, corpus, o.length);
  };
  return {after(o.gamma), after(0)};
}

void write_text(const Options& o, const Training& run) {
  std::printf("\n%s", o.prompt.c_str());
  Detokenizer words(run.corpus.tokenizer);
  std::string text = o.prompt;
  const auto show = [&](const std::string& piece) {
    text += piece;
    std::fputs(piece.c_str(), stdout);
    std::fflush(stdout);
  };
  generate(run.model, run.corpus.tokenizer.encode(o.prompt), o.write,
           {.temperature = o.temperature, .top_p = o.top_p, .seed = static_cast<std::uint64_t>(o.seed)},
           [&](std::int32_t id) {
             show(words.push(id));
             return true;
           });
  show(words.finish() + "\n");
  write_file(o.out + "/sample.txt", text);
}

int run(const Options& o) {
  if (o.threads > 0) set_threads(static_cast<int>(o.threads));
  std::filesystem::create_directories(o.out);
  const Corpus corpus = prepare_corpus(o);
  Training training(o, corpus);
  const double peak = bench::peak_flops() * threads();
  std::printf(
      "%lld parameters, %lld active for a token; %lld training tokens of %.2f bytes, vocabulary %lld; %d threads, peak "
      "%.0f GFLOP/s\n",
      static_cast<long long>(count_parameters(training.model)),
      static_cast<long long>(training.model.active_parameters()), static_cast<long long>(corpus.train.size()),
      corpus.bytes_per_token(), static_cast<long long>(corpus.tokenizer.vocab_size()), threads(), peak / 1e9);
  const std::string summary_path = o.out + "/summary.json";
  if (training.resume())
    std::printf("resuming after step %lld of %lld\n", static_cast<long long>(training.step),
                static_cast<long long>(o.steps));
  const std::int64_t first = training.step;
  double seconds = 0, operations = 0;
  if (!train(training, seconds, operations, peak)) {
    std::printf("stopped and saved after step %lld; the same command goes on from there\n",
                static_cast<long long>(training.step));
    return 130;
  }
  // A run that was finished before keeps what it measured then.
  Json summary;
  if (first == o.steps && std::filesystem::exists(summary_path))
    summary = Json::parse(read_file(summary_path), summary_path);

  const Evaluation final = evaluate(training.model, corpus, o.length);
  if (seconds > 0) {
    summary["tokens_per_second"] = static_cast<double>((o.steps - first) * o.batch * o.length) / seconds;
    summary["share_of_peak"] = operations / seconds / peak;
    summary["train_seconds"] = seconds;
    summary["steps_timed"] = o.steps - first;
  }
  summary["held_out_bits_per_byte"] = final.bits_per_byte;
  summary["maxvio"] = final.maxvio();
  summary["maxvio_worst_layer"] = final.worst();
  if (!summary.find("xz_bits_per_byte")) {
    const double xz = xz_bits_per_byte(o.text);
    summary["xz_bits_per_byte"] = std::isnan(xz) ? Json(nullptr) : Json(xz);
  }
  std::optional<Twins> twins;
  if (o.twin_steps > 0 && !summary.find("maxvio_unbalanced")) {
    std::printf("comparing %lld steps with and without balancing\n", static_cast<long long>(o.twin_steps));
    twins = compare_twins(o, corpus);
    summary["twin_steps"] = o.twin_steps;
    summary["maxvio_unbalanced"] = twins->unbalanced.maxvio();
    summary["maxvio_balanced_twin"] = twins->balanced.maxvio();
    summary["bits_per_byte_unbalanced"] = twins->unbalanced.bits_per_byte;
    summary["bits_per_byte_balanced_twin"] = twins->balanced.bits_per_byte;
  }
  summary["parameters"] = count_parameters(training.model);
  summary["active_parameters"] = training.model.active_parameters();
  summary["peak_memory_bytes"] = peak_memory();
  write_load(o.out + "/load.csv", final);
  if (twins || !std::filesystem::exists(o.out + "/picture.svg"))
    write_picture(o, final, twins ? &twins->unbalanced : nullptr,
                  summary.at("xz_bits_per_byte").is_number() ? summary.get<double>("xz_bits_per_byte") : 0);
  save_pretrained(o.out + "/model", training.model);
  corpus.tokenizer.save(o.out + "/model/tokenizer.json");
  write_text(o, training);
  write_file(summary_path, summary.dump(2) + "\n");
  std::printf("\n");
  for (const auto& [key, value] : summary.get<Json::Object>())
    std::printf("%-28s %s\n", key.c_str(), value.dump().c_str());
  std::printf("\nin %s: picture.svg, metrics.csv, load.csv, sample.txt, summary.json, model/, checkpoints/\n",
              o.out.c_str());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) return print_help(), 0;
  try {
    return run(parse_options(arguments));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "demo: %s\n", e.what());
    return 1;
  }
}
