#include "models/memory/protected_words.h"

#include <cstring>

#include "models/memory/beats.h"
#include "models/memory/secded.h"

namespace leyden::memory {
namespace {

constexpr std::uint64_t kWord = ProtectedWords::kWordBytes;

SecdedWord decoded(std::uint32_t data, std::uint64_t flips) {
  return secded_decode(secded_encode(data) ^ flips);
}

}  // namespace

std::vector<base::ParameterSpec> error_code_parameters() {
  return {
      {"ecc", "", 0, 0, false, {"none", "secded"}, "Error code of each 32-bit word", "none"},
      {"ecc_cycles", "cycles", 0, 16, true, {}, "SECDED: added to the latency of an access", "0"},
      {"ecc_energy_pj",
       "pJ",
       0,
       1000,
       false,
       {},
       "SECDED: coding or decoding one access of up to 16 bytes, and its check bits",
       "0"},
  };
}

ErrorCodeCost error_code_cost(base::Context& context, const std::string& scope,
                              const std::string& module, base::Component component) {
  ErrorCodeCost cost;
  const base::ParameterSet& parameters = context.parameters;
  if (!parameters.has(scope + ".ecc") || parameters.choice(scope + ".ecc") == "none") return cost;
  cost.on = true;
  cost.cycles = static_cast<unsigned>(parameters.integer(scope + ".ecc_cycles"));
  cost.code = declare_event(context, module + ".ecc", component, scope + ".ecc_energy_pj");
  return cost;
}

void ProtectedWords::flip(std::uint8_t* word, std::uint64_t offset, unsigned bit) {
  const std::uint64_t at = offset / kWord * kWord;
  const auto [found, is_new] = words_.try_emplace(at);
  Word& entry = found->second;
  if (is_new) std::memcpy(&entry.data, word, kWord);
  entry.flips ^= std::uint64_t{1} << (8 * (offset - at) + bit);
  const std::uint32_t seen = decoded(entry.data, entry.flips).data;
  std::memcpy(word, &seen, kWord);
  if (entry.flips == 0) words_.erase(found);
}

ProtectedWords::Words::const_iterator ProtectedWords::first(std::uint64_t offset) const {
  return words_.lower_bound(offset / kWord * kWord);
}

bool ProtectedWords::decode(const Words::value_type& word) const {
  const SecdedVerdict verdict = decoded(word.second.data, word.second.flips).verdict;
  if (verdict == SecdedVerdict::kClean) return true;
  if (report_) report_(verdict == SecdedVerdict::kCorrected, word.first);
  return verdict == SecdedVerdict::kCorrected;
}

bool ProtectedWords::read(std::uint64_t offset, std::uint64_t length) const {
  bool good = true;
  for (auto each = first(offset); each != words_.end() && each->first < offset + length; ++each) {
    good = decode(*each) && good;
  }
  return good;
}

void ProtectedWords::written(std::uint64_t offset, std::uint64_t length) {
  auto each = first(offset);
  while (each != words_.end() && each->first < offset + length) {
    const bool whole = each->first >= offset && each->first + kWord <= offset + length;
    if (!whole) decode(*each);
    each = words_.erase(each);
  }
}

bool ProtectedWords::holds(std::uint64_t offset, std::uint64_t length) const {
  const auto each = first(offset);
  return each != words_.end() && each->first < offset + length;
}

std::vector<std::uint64_t> ProtectedWords::offsets() const {
  std::vector<std::uint64_t> all;
  for (const auto& [offset, word] : words_) all.push_back(offset);
  return all;
}

void ProtectedWords::archive(base::Archive& a) {
  std::vector<std::uint64_t> flat;
  for (const auto& [offset, word] : words_) {
    flat.insert(flat.end(), {offset, word.data, word.flips});
  }
  a(flat);
  if (!a.restoring()) return;
  if (flat.size() % 3 != 0) a.refuse("the flipped words of a memory are not whole");
  words_.clear();
  for (std::size_t i = 0; i < flat.size(); i += 3) {
    words_[flat[i]] = {static_cast<std::uint32_t>(flat[i + 1]), flat[i + 2]};
  }
}

unsigned partial_words(std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return 0;
  const std::uint64_t end = offset + length;
  const bool head = offset % kWord != 0;
  const bool tail = end % kWord != 0;
  if (head && tail && offset / kWord == end / kWord) return 1;
  return (head ? 1u : 0u) + (tail ? 1u : 0u);
}

}  // namespace leyden::memory
