#include <hadal/hadal.hpp>

#include <cstdio>

hadal::Runtime* runtime_of_the_other_unit();

int main() {
  const bool same = &hadal::runtime() == runtime_of_the_other_unit();
  std::puts(same ? "one runtime in two translation units" : "each translation unit has a runtime of its own");
  return same ? 0 : 1;
}
