#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace leyden::python {

/// A dense array of whole numbers that Python gave.
struct Whole {
  std::vector<std::size_t> shape;
  std::vector<std::int64_t> values;  ///< row-major

  std::size_t count() const { return values.size(); }
  std::vector<std::uint8_t> bytes() const { return {values.begin(), values.end()}; }
};

/// Reads an array. Nothing is rounded, cut or wrapped.
/// @param name  begins the sentence of an error
/// @param dimensions  as many as it must have; 0: any
/// @throws std::invalid_argument (ValueError): not whole numbers, other dimensions, nothing in it,
///         a value outside low..high
Whole whole_array(const pybind11::object& object, const std::string& name, std::size_t dimensions,
                  std::int64_t low, std::int64_t high);

/// The same, one value for each of `count`; a single value stands for all of them.
std::vector<std::int64_t> whole_for_each(const pybind11::object& object, const std::string& name,
                                         std::size_t count, std::int64_t low, std::int64_t high);

/// Real numbers, one for each of `count` or one for all, as multiples of 1 / `unit`.
/// @throws std::invalid_argument: also where a value is no such multiple
std::vector<std::int64_t> fixed_for_each(const pybind11::object& object, const std::string& name,
                                         std::size_t count, int unit, std::int64_t low,
                                         std::int64_t high);

/// A setting. @throws std::invalid_argument where it is outside low..high
unsigned setting(std::int64_t value, const std::string& name, std::int64_t low, std::int64_t high);

/// A new array with values in it.
pybind11::array array_of(const std::vector<std::size_t>& shape,
                         const std::vector<std::uint8_t>& values);
pybind11::array array_of(const std::vector<std::size_t>& shape,
                         const std::vector<std::int32_t>& values);

/// Adds the functions of the macro and of the vector unit.
void add_macro(pybind11::module_& module);
void add_vector(pybind11::module_& module);

}  // namespace leyden::python
