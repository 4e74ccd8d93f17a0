#include "platform/cli/search_arguments.h"

#include <cmath>

#include "models/base/error.h"

namespace leyden::cli {

using base::UsageError;

void add_search(CLI::App* compile, Arguments& arguments) {
  compile
      ->add_option("--search", arguments.search,
                   "Compile for every value: KEY=V1,V2,... with a parameter of the chip or "
                   "quantise.KEY (repeatable)")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  compile->add_option("--search-bits", arguments.search_bits,
                      "Choose each layer's weight bits from MIN:MAX, the least with --least-sqnr");
  compile->add_option("--least-sqnr", arguments.least_sqnr_db,
                      "Ratio of signal to quantisation noise that the output keeps, dB");
}

void check_search(const Arguments& arguments) {
  const bool bits = !arguments.search_bits.empty();
  if (bits != arguments.least_sqnr_db.has_value()) {
    throw UsageError("--search-bits MIN:MAX and --least-sqnr DB go together; give both.");
  }
  if (bits && !std::isfinite(*arguments.least_sqnr_db)) {
    throw UsageError("--least-sqnr must be a finite number of decibels.");
  }
  if (!bits && arguments.search.empty()) return;
  const char* option = bits ? "--search-bits" : "--search";
  if (bits && !arguments.search.empty()) {
    throw UsageError("--search and --search-bits are two searches; give one of them.");
  }
  if (!arguments.mapping.empty()) {
    throw UsageError(std::string("--mapping is of one network on one chip; leave it out, or ") +
                     option + ".");
  }
  if (arguments.explain) {
    throw UsageError(std::string("--explain tells of one network on one chip; leave it out, or ") +
                     option + ", and give the keys found to a second call.");
  }
}

}  // namespace leyden::cli
