// The translator of a build without one: hosts other than x86-64, or no AsmJit.
#include "models/cpu/translator/translator.h"

namespace leyden::cpu {

struct Translator::Routines {};

Translator::~Translator() = default;

std::unique_ptr<Translator> Translator::create(HartArena&, BlockCache&, const Timing&,
                                               std::uint32_t, CallHandler,
                                               const TranslationOptions&) {
  return nullptr;
}
Unit* Translator::translate(Block&) { return nullptr; }
Left Translator::enter(const Unit&, std::int64_t) { return Left::kOperation; }
void Translator::connect(Unit&) {}
void Translator::collect(EventSums&) {}
void Translator::drop(bool) {}

}  // namespace leyden::cpu
