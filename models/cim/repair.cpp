#include "models/cim/repair.h"

namespace leyden::cim {
bool Repairs::write(std::size_t spare, std::uint32_t word) {
  word &= kValid | kColumn;
  if ((word & kValid) != 0) {
    const std::uint32_t column = word & kColumn;
    if (column >= columns_) return false;
    const int other = spare_of(column);
    if (other >= 0 && static_cast<std::size_t>(other) != spare) return false;
  }
  words_[spare] = word;
  place();
  return true;
}

void Repairs::reset() {
  for (std::uint32_t& word : words_) word = 0;
  place();
}

void Repairs::place() {
  spare_of_.clear();
  for (std::size_t spare = 0; spare < words_.size(); ++spare) {
    if ((words_[spare] & kValid) == 0) continue;
    spare_of_.resize(columns_, -1);
    spare_of_[words_[spare] & kColumn] = static_cast<int>(spare);
  }
}

void Repairs::archive(base::Archive& a) {
  if (words_.empty()) return;
  a.fixed(words_);
  if (!a.restoring()) return;
  const std::vector<std::uint32_t> words = words_;
  reset();
  for (std::size_t spare = 0; spare < words.size(); ++spare) {
    if (!write(spare, words[spare])) a.refuse("a repair entry names a column that is not free");
  }
}

}  // namespace leyden::cim
