#include "platform/python/golden_arrays.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace leyden::python {
namespace {

namespace py = pybind11;

std::string range(std::int64_t low, std::int64_t high) {
  return std::to_string(low) + " to " + std::to_string(high);
}

void check_range(std::int64_t value, const std::string& name, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return;
  throw std::invalid_argument(name + " holds " + std::to_string(value) + ", but " +
                              range(low, high) + " would be right.");
}

py::array array_from(const py::object& object, const std::string& name) {
  py::array array = py::array::ensure(object);
  if (!array) {
    PyErr_Clear();
    throw std::invalid_argument(name + " is no array of numbers.");
  }
  return array;
}

template <typename Value>
py::array filled(const std::vector<std::size_t>& shape, const std::vector<Value>& values) {
  py::array_t<Value> array(shape);
  std::memcpy(array.mutable_data(), values.data(), values.size() * sizeof(Value));
  return std::move(array);
}

template <typename Values>
void repeat(Values& values, const std::string& name, std::size_t count) {
  if (values.size() == 1) values.assign(count, values.front());
  if (values.size() == count) return;
  throw std::invalid_argument(name + " holds " + std::to_string(values.size()) +
                              " values, but one, or one for each of " + std::to_string(count) +
                              ", would be right.");
}

}  // namespace

Whole whole_array(const py::object& object, const std::string& name, std::size_t dimensions,
                  std::int64_t low, std::int64_t high) {
  const py::array array = array_from(object, name);
  const char kind = array.dtype().kind();
  if (kind != 'i' && kind != 'u') {
    throw std::invalid_argument(name + " is of the type " +
                                py::str(array.dtype()).cast<std::string>() +
                                ", but whole numbers would be right.");
  }
  const auto rank = static_cast<std::size_t>(array.ndim());
  if (dimensions != 0 && rank != dimensions) {
    throw std::invalid_argument(name + " has " + std::to_string(rank) + " dimensions, but " +
                                std::to_string(dimensions) + " would be right.");
  }
  if (array.size() == 0) throw std::invalid_argument(name + " is empty.");
  const bool huge = kind == 'u' && array.itemsize() == 8;  // above int64 it would wrap
  if (huge) {
    const auto values =
        py::array_t<std::uint64_t, py::array::c_style | py::array::forcecast>::ensure(array);
    for (py::ssize_t i = 0; i < values.size(); ++i) {
      if (values.data()[i] > static_cast<std::uint64_t>(INT64_MAX)) {
        throw std::invalid_argument(name + " holds " + std::to_string(values.data()[i]) + ", but " +
                                    range(low, high) + " would be right.");
      }
    }
  }
  const auto values =
      py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>::ensure(array);
  Whole whole;
  for (std::size_t i = 0; i < rank; ++i) {
    whole.shape.push_back(static_cast<std::size_t>(array.shape(static_cast<py::ssize_t>(i))));
  }
  whole.values.assign(values.data(), values.data() + values.size());
  for (const std::int64_t value : whole.values) check_range(value, name, low, high);
  return whole;
}

std::vector<std::int64_t> whole_for_each(const py::object& object, const std::string& name,
                                         std::size_t count, std::int64_t low, std::int64_t high) {
  std::vector<std::int64_t> values = whole_array(object, name, 0, low, high).values;
  repeat(values, name, count);
  return values;
}

std::vector<std::int64_t> fixed_for_each(const py::object& object, const std::string& name,
                                         std::size_t count, int unit, std::int64_t low,
                                         std::int64_t high) {
  const py::array array = array_from(object, name);
  const char kind = array.dtype().kind();
  if (kind != 'i' && kind != 'u' && kind != 'f') {
    throw std::invalid_argument(name + " is no array of real numbers.");
  }
  const auto reals = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(array);
  std::vector<std::int64_t> values;
  for (py::ssize_t i = 0; i < reals.size(); ++i) {
    const double scaled = reals.data()[i] * unit;
    if (!(scaled >= static_cast<double>(low) && scaled <= static_cast<double>(high)) ||
        scaled != std::floor(scaled)) {
      throw std::invalid_argument(
          name + " holds " + py::str(py::float_(reals.data()[i])).cast<std::string>() +
          ", but a multiple of 1/" + std::to_string(unit) + " from " +
          py::str(py::float_(static_cast<double>(low) / unit)).cast<std::string>() + " to " +
          py::str(py::float_(static_cast<double>(high) / unit)).cast<std::string>() +
          " would be right.");
    }
    values.push_back(static_cast<std::int64_t>(scaled));
  }
  repeat(values, name, count);
  return values;
}

unsigned setting(std::int64_t value, const std::string& name, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    throw std::invalid_argument(name + " is " + std::to_string(value) + ", but " +
                                range(low, high) + " would be right.");
  }
  return static_cast<unsigned>(value);
}

py::array array_of(const std::vector<std::size_t>& shape, const std::vector<std::uint8_t>& values) {
  return filled(shape, values);
}

py::array array_of(const std::vector<std::size_t>& shape, const std::vector<std::int32_t>& values) {
  return filled(shape, values);
}

}  // namespace leyden::python
