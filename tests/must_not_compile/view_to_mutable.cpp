// error: (cannot convert|could not convert|no viable conversion|no matching function)
#include <hadal/core/view.hpp>

void scale(hadal::View<float> x);

void use(hadal::View<const float> constant, hadal::View<float> mutable_view) {
#ifdef HADAL_FIXED
  scale(mutable_view);
#else
  scale(constant);
#endif
}
