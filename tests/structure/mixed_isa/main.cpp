#include <cstdint>
#include <cstdio>
#include <cstring>

struct Result {
  const char* isa;
  double product, norm;
};
Result plain(std::int64_t n);
Result native(std::int64_t n);

int main() {
  const Result p = plain(65), n = native(65);
  std::printf("%s: product %.2g, norm %.2g;  %s: product %.2g, norm %.2g (of the error allowed)\n", p.isa, p.product,
              p.norm, n.isa, n.product, n.norm);
  return std::strcmp(p.isa, n.isa) != 0 && p.product <= 1 && p.norm <= 1 && n.product <= 1 && n.norm <= 1 ? 0 : 1;
}
