// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT

// llm.c's GPT-2 behind the protocol of peer.py: reads a checkpoint in llm.c's format, followed by B, L and the token
// window (B, L + 1), prints a line when ready, and answers `loss`, `step` and `memory`.
// Usage: llm_c FILE LR WEIGHT_DECAY BETA1 BETA2 EPS

#define TESTING  // leaves out its main
#include "train_gpt2.c"

static double resident(const char* key) {
  char line[256];
  double kilobytes = 0;
  FILE* status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status))
    if (!strncmp(line, key, strlen(key))) kilobytes = atof(line + strlen(key) + 1);
  fclose(status);
  return 1024 * kilobytes;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const double alone = resident("VmRSS:");
  GPT2 model;
  gpt2_build_from_checkpoint(&model, argv[1]);
  FILE* file = fopenCheck(argv[1], "rb");
  fseekCheck(file, (long)(256 * sizeof(int) + model.num_parameters * sizeof(float)), SEEK_SET);
  int size[2];
  freadCheck(size, sizeof(int), 2, file);
  const int B = size[0], L = size[1];
  int *window = mallocCheck(sizeof(int) * B * (L + 1)), *inputs = mallocCheck(sizeof(int) * B * L),
      *targets = mallocCheck(sizeof(int) * B * L);
  freadCheck(window, sizeof(int), B * (L + 1), file);
  fcloseCheck(file);
  for (int b = 0; b < B; ++b)
    for (int i = 0; i < L; ++i) {
      inputs[b * L + i] = window[b * (L + 1) + i];
      targets[b * L + i] = window[b * (L + 1) + i + 1];
    }

  printf("ready llm.c\n");
  fflush(stdout);
  char command[64];
  for (int step = 1; fgets(command, sizeof command, stdin);) {
    if (!strncmp(command, "loss", 4)) {
      gpt2_forward(&model, inputs, targets, B, L);
      printf("%.9g\n", model.mean_loss);
    } else if (!strncmp(command, "step", 4)) {
      const double begin = now();
      gpt2_forward(&model, inputs, targets, B, L);
      gpt2_zero_grad(&model);
      gpt2_backward(&model);
      gpt2_update(&model, atof(argv[2]), atof(argv[4]), atof(argv[5]), atof(argv[6]), atof(argv[3]), step++);
      printf("%.9g %.9g\n", now() - begin, model.mean_loss);
    } else {
      printf("%.0f %.0f\n", resident("VmHWM:"), alone);
    }
    fflush(stdout);
  }
  return 0;
}
