// hadal - Copyright (c) 2026 the hadal authors
// SPDX-License-Identifier: MIT
#pragma once

#include <hadal/core/file.hpp>
#include <hadal/core/json.hpp>
#include <hadal/tensor/views.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace hadal::test {

/// One of the files that make_ops.py wrote. Tests run in the root of the tree.
class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : document_(Json::parse(read_file("tests/golden/" + name + ".json"), name)) {}

  double constant(const char* name) const { return document_.get<double>("constants", name); }
  /// A tensor as it was given.
  template <class T = float>
  Tensor<T> tensor(const std::string& name) const {
    std::vector<std::int64_t> shape;
    for (const Json& n : document_.get<Json::Array>("tensors", name, "shape")) shape.push_back(n.get<std::int64_t>());
    std::vector<T> values;
    for (const Json& v : document_.get<Json::Array>("tensors", name, "values")) values.push_back(v.get<T>());
    return Tensor<T>::from(values, Shape(shape));
  }
  /// The same, collecting its gradient.
  Tensor<float> leaf(const std::string& name) const { return tensor(name).set_requires_grad(); }

  /// The largest difference of a result from the one in the file, over the largest value there.
  double error(const std::string& name, const Tensor<float>& result) const {
    const Tensor<float> reference = tensor(name);
    HADAL_CHECK(result.shape() == reference.shape(), ShapeError, name, ": ", result.shape(), " is not ",
                reference.shape());
    const std::vector<float> a = result.to_vector(), b = reference.to_vector();
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double d = std::abs(static_cast<double>(a[i]) - b[i]);
      if (!(d <= difference)) difference = d;
      largest = std::fmax(largest, std::abs(b[i]));
    }
    return difference / largest;
  }
  /// The largest such error of y and of the gradients, after backward from the seed, of leaves named in step.
  double error(const Tensor<float>& y, const std::vector<std::pair<std::string, Tensor<float>>>& leaves) const {
    double worst = error("y", y);
    y.backward(tensor("dy"));
    for (const auto& [name, leaf] : leaves) {
      const double e = error("d" + name, leaf.grad());
      if (!(e <= worst)) worst = e;
    }
    return worst;
  }

 private:
  Json document_;
};

/// What float may differ from PyTorch by, of the largest value of a tensor.
inline constexpr double golden = 1e-5;

}  // namespace hadal::test
