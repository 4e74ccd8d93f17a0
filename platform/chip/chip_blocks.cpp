#include "platform/chip/chip_parts.h"

// Blocks of a user's own in the chip.
namespace leyden::chip {
namespace {

/// What a user's code throws becomes a sentence that tells whose it is.
template <typename Made>
Made guarded(const OwnBlock& block, const std::function<Made()>& make) {
  try {
    return make();
  } catch (const base::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw base::ModelError("blocks." + block.name + ": " + block.class_name +
                           " cannot be made: " + error.what() + ".");
  }
}

}  // namespace

void Chip::Parts::add_own_blocks() {
  for (const OwnBlock& block : description.blocks) {
    own_blocks.emplace_back(guarded<blocks::Part*>(block, [&] {
      return block.made_by->make(
          blocks::Setup{block.name, block.base, block.size, context, block.name.c_str()});
    }));
    blocks::Part& part = *own_blocks.back();
    interconnect.add_target(block.name, block.base, block.size).bind(part.register_socket());
    ranges.push_back({block.name, block.base, block.size});
    const std::vector<blocks::Part::MasterSocket*> masters = part.masters();
    for (std::size_t n = 0; n < masters.size(); ++n) {
      const std::string suffix = masters.size() > 1 ? std::to_string(n) : "";
      masters[n]->bind(interconnect.add_master(block.name + suffix));
    }
    sc_core::sc_signal<bool>& signal = line(block.name);
    part.irq.bind(signal);
    if (block.irq) plic.source[*block.irq].bind(faulty(signal, block.name));
  }
}

bool Chip::Parts::own_block_busy() const {
  for (const auto& block : own_blocks) {
    if (block->busy()) return true;
  }
  return false;
}

void Chip::Parts::archive_own_blocks(base::Archive& a) {
  for (std::size_t n = 0; n < own_blocks.size(); ++n) {
    a.section("blocks." + description.blocks[n].name, [&] { own_blocks[n]->archive(a); });
  }
}

const std::vector<OwnBlock>& Chip::own_blocks() const { return parts_->description.blocks; }

}  // namespace leyden::chip
