// Spot checks of the generated C++ against configs/registers/, read by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "registers/cim.h"
#include "registers/clint.h"
#include "registers/dma.h"
#include "registers/memory_map.h"
#include "registers/plic.h"
#include "registers/uart.h"
#include "registers/vector.h"

namespace leyden::registers {
namespace {

const base::RegisterInfo& named(const std::vector<base::RegisterInfo>& table,
                                const std::string& name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& info) { return name == info.name; });
  EXPECT_NE(found, table.end()) << name;
  return *found;
}

TEST(Registers, ConstantsAreThoseOfTheFiles) {
  EXPECT_EQ(cim::kBase, 0x10100000U);
  EXPECT_EQ(cim::kInstances, 16U);
  EXPECT_EQ(cim::kIrq, 16U);
  EXPECT_EQ(cim::kInAddr, 0x40U);
  EXPECT_EQ(cim::kJobFirst, 0x40U);
  EXPECT_EQ(cim::kJobWords, 12U);
  EXPECT_EQ(cim::kAbnTableWindow, 0x80000U);
  EXPECT_EQ(vector::kJobWords, 15U);
  EXPECT_EQ(dma::kBlocks, 2U);
  EXPECT_EQ(dma::kBlockStride, 0x100U);
  EXPECT_EQ(dma::kIrqs, 2U);
  EXPECT_EQ(clint::kMtimecmpLowReset, 0xffffffffU);
  EXPECT_EQ(plic::kPriorityCount, 32U);
}

TEST(Registers, FieldsLieWhereTheFilesSay) {
  EXPECT_EQ(cim::ctrl::kStart.mask(), 0x1U);
  EXPECT_EQ(cim::geometry::kColumns.mask(), 0xffff0000U);
  EXPECT_EQ(cim::precision::kPartial.mask(), 0x1000U);
  EXPECT_EQ(cim::kernel::kStrideX.get(0x12345678), 0x34U);
  EXPECT_EQ(cim::in_addr::kValue.mask(), 0xffffffffU);
  EXPECT_EQ(uart::data::kValue.mask(), 0xffU);
}

TEST(Registers, TablesCarryTheRights) {
  const base::RegisterInfo& status = named(cim::table(), "STATUS");
  EXPECT_EQ(status.offset, 0x08U);
  EXPECT_EQ(status.readable, 0x7U);
  EXPECT_EQ(status.writable, 0x0U);
  EXPECT_EQ(status.write_one_clears, 0x6U);
  const base::RegisterInfo& ctrl = named(dma::table(), "CTRL");
  EXPECT_EQ(ctrl.readable, 0x2U);
  EXPECT_EQ(ctrl.writable, 0x2U);
  EXPECT_EQ(ctrl.write_only, 0xdU);
  const base::RegisterInfo& lsr = named(uart::table(), "LSR");
  EXPECT_EQ(lsr.bytes, 1U);
  EXPECT_EQ(lsr.reset, 0x60U);
  EXPECT_EQ(lsr.readable, 0xffU);
  EXPECT_EQ(named(plic::table(), "PRIORITY").stride, 4U);
}

TEST(MemoryMap, HoldsEveryUnit) {
  EXPECT_EQ(kLmemBase, 0x20000000U);
  EXPECT_EQ(kLmemSize, 0x10000000U);
  EXPECT_EQ(kSramBase, 0x80000000U);
  EXPECT_EQ(kCimWeightsInstances, 16U);
  ASSERT_EQ(units().size(), 14U);
  EXPECT_STREQ(units().front().name, "finisher");
  EXPECT_STREQ(units().back().name, "sram");
  EXPECT_STREQ(units().back().size_from, "sram.bytes");
  for (std::size_t i = 1; i < units().size(); ++i) {
    const Unit& before = units()[i - 1];
    EXPECT_LE(before.base + before.size * before.instances, units()[i].base) << units()[i].name;
  }
}

TEST(Registers, UnitsCarryTheirFields) {
  const auto unit = std::find_if(units().begin(), units().end(),
                                 [](const Unit& u) { return u.name == std::string("dma"); });
  ASSERT_NE(unit, units().end());
  EXPECT_EQ(unit->blocks, 2U);
  EXPECT_EQ(unit->block_stride, 0x100U);
  ASSERT_EQ(unit->fields, &dma::fields());
  const auto status = [](const base::FieldInfo& f) {
    return f.register_name == std::string("STATUS");
  };
  EXPECT_EQ(std::count_if(dma::fields().begin(), dma::fields().end(), status), 3);
}

TEST(Registers, AllFieldsOfTheCimUnit) {
  for (const base::RegisterInfo& info : cim::table()) {
    std::uint32_t readable = 0;
    for (const base::FieldInfo& field : cim::fields()) {
      if (field.offset == info.offset && field.access != base::FieldAccess::kWriteOnly) {
        EXPECT_EQ(readable & field.bits.mask(), 0U) << info.name;
        readable |= field.bits.mask();
      }
    }
    EXPECT_EQ(readable, info.readable) << info.name;
  }
}

}  // namespace
}  // namespace leyden::registers
