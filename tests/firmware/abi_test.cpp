// docs/abi.md says what the register files and headers say.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "leyden/failure.h"
#include "leyden/image.h"
#include "leyden/registers.h"

namespace {

/// Rows of every table of the page, cells trimmed.
std::vector<std::vector<std::string>> table_rows() {
  std::ifstream page("docs/abi.md");
  EXPECT_TRUE(page) << "docs/abi.md";
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(page, line);) {
    if (line.empty() || line[0] != '|') continue;
    std::vector<std::string> cells;
    std::istringstream stream(line.substr(1));
    for (std::string cell; std::getline(stream, cell, '|');) {
      const auto first = cell.find_first_not_of(" `");
      const auto last = cell.find_last_not_of(" `");
      cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    }
    rows.push_back(cells);
  }
  return rows;
}

std::string second_cell(const std::string& first) {
  for (const auto& row : table_rows()) {
    if (row[0] == first) return row[1];
  }
  return "no row";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(AbiPage, ListsEveryInterruptOfTheMemoryMap) {
  EXPECT_EQ(second_cell("dma channel n"), std::to_string(LEYDEN_IRQ_DMA(0)) + " + n");
  EXPECT_EQ(second_cell("vector"), std::to_string(LEYDEN_IRQ_VECTOR));
  EXPECT_EQ(second_cell("mailbox"), std::to_string(LEYDEN_IRQ_MAILBOX));
  EXPECT_EQ(second_cell("uart"), std::to_string(LEYDEN_IRQ_UART));
  EXPECT_EQ(second_cell("sysctl"), std::to_string(LEYDEN_IRQ_SYSCTL));
  EXPECT_EQ(second_cell("cim n"), std::to_string(LEYDEN_IRQ_CIM(0)) + " + n");
  // No unit with an interrupt is missing above.
  const std::string map = read_file("configs/registers/memory_map.yaml");
  const std::regex irq("irq: ");
  EXPECT_EQ(std::distance(std::sregex_iterator(map.begin(), map.end(), irq), {}), 6);
}

TEST(AbiPage, ListsEveryFailureCode) {
  const std::string header = read_file("firmware/include/leyden/failure.h");
  const std::regex entry("(LEYDEN_FAIL_[A-Z_]+) = (0x[0-9a-f]+)");
  std::map<std::string, std::string> codes;
  for (std::sregex_iterator it(header.begin(), header.end(), entry), end; it != end; ++it) {
    codes[(*it)[1]] = (*it)[2];
  }
  EXPECT_EQ(codes.size(), 22u);
  std::map<std::string, std::string> page;
  for (const auto& row : table_rows()) {
    if (row.size() > 1 && row[1].rfind("LEYDEN_FAIL_", 0) == 0) page[row[1]] = row[0];
  }
  EXPECT_EQ(page, codes);
}

TEST(AbiPage, NamesTheNumbersOfTheImageFormat) {
  EXPECT_EQ(LEYDEN_WAIT_CIM(15), 1u << 15);
  EXPECT_EQ(second_cell("16"), "vector");
  EXPECT_EQ(LEYDEN_WAIT_VECTOR, 1u << 16);
  EXPECT_EQ(second_cell("24 + n"), "dma channel n");
  EXPECT_EQ(LEYDEN_WAIT_DMA(1), 1u << 25);
  EXPECT_EQ(second_cell("0xffff0000"), "boot and weight load");
  EXPECT_EQ(LEYDEN_LAYER_BOOT, 0xffff0000u);
  EXPECT_EQ(LEYDEN_LAYER_INPUT, 0xffff0001u);
  EXPECT_EQ(LEYDEN_LAYER_OUTPUT, 0xffff0002u);
  EXPECT_EQ(LEYDEN_LAYER_CALIBRATION, 0xffff0004u);
  EXPECT_EQ(second_cell("0xffff0004").rfind("calibration", 0), 0u);
  EXPECT_EQ(second_cell("1"), "the image");
  EXPECT_EQ(LEYDEN_SPACE_IMAGE, 1);
  EXPECT_EQ(LEYDEN_SPACE_INPUT, 2);
  EXPECT_EQ(LEYDEN_SPACE_OUTPUT, 3);
  EXPECT_EQ(LEYDEN_SPACE_SCRATCH, 4);
  const std::string page = read_file("docs/abi.md");
  const std::string words = "cim " + std::to_string(LEYDEN_CIM_JOB_WORDS) + ", vector " +
                            std::to_string(LEYDEN_VECTOR_JOB_WORDS) + ", dma " +
                            std::to_string(LEYDEN_DMA_JOB_WORDS);
  EXPECT_NE(page.find(words), std::string::npos) << words;
  EXPECT_EQ(second_cell("0x80000").rfind("ABN table", 0), 0u);
  EXPECT_EQ(LEYDEN_CIM_ABN_TABLE_WINDOW, 0x80000);
  EXPECT_EQ(second_cell("0xC0000").rfind("trim table", 0), 0u);
  EXPECT_EQ(LEYDEN_CIM_TRIM_TABLE_WINDOW, 0xc0000);
}

TEST(ImageFormat, IsMadeOf32BitWordsWithoutGaps) {
  EXPECT_EQ(sizeof(leyden_step), 80u);
  EXPECT_EQ(sizeof(leyden_layer), 32u);
  EXPECT_EQ(sizeof(leyden_image_header), 128u);
}

}  // namespace
