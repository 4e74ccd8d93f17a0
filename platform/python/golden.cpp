// leyden._golden: the arithmetic of the macro and of the vector unit, as the simulator computes it,
// for numpy. The package wraps it (golden.py) and has the documentation.
#include <pybind11/pybind11.h>

#include "models/base/error.h"
#include "platform/python/golden_arrays.h"

PYBIND11_MODULE(_golden, module) {
  module.doc() = "Arithmetic of the macro and of the vector unit; see leyden.golden.";
  pybind11::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const leyden::base::Error& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    }
  });
  leyden::python::add_macro(module);
  leyden::python::add_vector(module);
}
