// A small program that depends on hadal; the folders beside it are four ways to say so.
#include <hadal/hadal.hpp>

#include <cstdio>

int main() {
  const hadal::Shape shape{2, 3, 5};
  std::printf("hadal %d.%d.%d counts %lld elements\n", HADAL_VERSION_MAJOR, HADAL_VERSION_MINOR, HADAL_VERSION_PATCH,
              static_cast<long long>(shape.size()));
  return shape.size() == 30 ? 0 : 1;
}
