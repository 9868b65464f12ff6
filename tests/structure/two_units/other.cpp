#include <hadal/hadal.hpp>

hadal::Runtime* runtime_of_the_other_unit() { return &hadal::runtime(); }
