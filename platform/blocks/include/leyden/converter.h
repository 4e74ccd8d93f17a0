#pragma once

#include "leyden/plugin.h"
#include "platform/blocks/converter.h"

namespace leyden::blocks {

/// Puts a class into this plug-in's list when the library is loaded.
template <typename Class>
class ConverterRegistrar {
 public:
  explicit ConverterRegistrar(const char* name)
      : class_{name, &Class::parameters, &make, this_plugin().converters} {
    this_plugin().converters = &class_;
  }

 private:
  static Converter* make(const ConverterSetup& setup) { return new Class(setup); }

  ConverterClass class_;
};

}  // namespace leyden::blocks

/// Once a class, in a source file outside of any namespace: LEYDEN_CONVERTER("my_adc", MyAdc). The
/// class is a blocks::Converter with the constructor (const blocks::ConverterSetup&).
#define LEYDEN_CONVERTER(name, Class) \
  static const ::leyden::blocks::ConverterRegistrar<Class> leyden_converter_registrar_##Class(name)
