// Runs steps of the core on memory made of bytes. Standard input: records of 32-bit words (spaces,
// the 13 words of a step, bytes of LMEM, bytes of the image) and the bytes of both. Standard
// output: for each a 32-bit word, 1 when the firmware accepts the step, and LMEM afterwards.
#include <cstring>
#include <iostream>
#include <vector>

#include "leyden/mmio.h"
#include "leyden/registers.h"
#include "runtime/core_kernels.h"

namespace {

constexpr std::uint32_t kImage = 0x48000000;

std::vector<std::uint8_t> lmem;
std::vector<std::uint8_t> image;

std::uint8_t* at(std::uint32_t address, std::uint32_t bytes) {
  const bool in_image = address >= kImage;
  std::vector<std::uint8_t>& memory = in_image ? image : lmem;
  const std::uint32_t offset = address - (in_image ? kImage : LEYDEN_LMEM_BASE);
  if (address % bytes != 0 || offset + std::uint64_t{bytes} > memory.size()) {
    std::cerr << "access of " << bytes << " bytes at " << std::hex << address << '\n';
    std::exit(1);
  }
  return memory.data() + offset;
}

bool read(void* to, std::size_t bytes) {
  return static_cast<bool>(
      std::cin.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes)));
}

void write(const void* from, std::size_t bytes) {
  std::cout.write(static_cast<const char*>(from), static_cast<std::streamsize>(bytes));
}

}  // namespace

extern "C" {
uint32_t mmio_read(uint32_t address) {
  uint32_t word;
  std::memcpy(&word, at(address, 4), 4);
  return word;
}
void mmio_write(uint32_t address, uint32_t value) { std::memcpy(at(address, 4), &value, 4); }
uint8_t mmio_read8(uint32_t address) { return *at(address, 1); }
void mmio_write8(uint32_t address, uint8_t value) { *at(address, 1) = value; }
}

int main() {
  std::uint32_t head[1 + LEYDEN_CORE_WORDS + 2];
  while (read(head, sizeof head)) {
    leyden_step step{};
    step.unit = LEYDEN_UNIT_CORE;
    step.spaces = head[0];
    step.word_count = LEYDEN_CORE_WORDS;
    std::memcpy(step.words, head + 1, 4 * LEYDEN_CORE_WORDS);
    lmem.resize(head[1 + LEYDEN_CORE_WORDS]);
    image.resize(head[2 + LEYDEN_CORE_WORDS]);
    if (!read(lmem.data(), lmem.size()) || !read(image.data(), image.size())) return 1;
    const std::uint32_t good = core_step_is_good(&step, static_cast<std::uint32_t>(lmem.size()),
                                                 static_cast<std::uint32_t>(image.size()));
    if (good) {
      const core_job job = core_decode(step.words, step.spaces == LEYDEN_SPACE_IMAGE ? kImage : 0);
      core_run(&job);
    }
    write(&good, sizeof good);
    write(lmem.data(), lmem.size());
  }
  return 0;
}
