#include "platform/chip/yaml_document.h"

#include <sstream>

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>

#include "models/base/error.h"

namespace leyden::chip {
namespace {

/// Hears a document and does nothing.
class Deaf : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {}
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/,
                       YAML::anchor_t /*anchor*/, YAML::EmitterStyle::value /*style*/) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {}
  void OnMapEnd() override {}
};

/// Documents that are counted. In some texts, such as a comma on the top level, the parser finds
/// documents without end, and YAML::LoadAll with it.
constexpr int kMostDocuments = 100;

int documents(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Deaf deaf;
  int count = 0;
  while (count < kMostDocuments && parser.HandleNextDocument(deaf)) ++count;
  return count;
}

}  // namespace

YAML::Node yaml_document(const std::string& text, const std::string& origin,
                         const std::string& what) {
  try {
    const int count = documents(text);
    if (count > 1) {
      throw base::UsageError(origin + " holds " + std::to_string(count) +
                             (count == kMostDocuments ? " or more" : "") + " YAML documents, but " +
                             what + " is one.");
    }
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    throw base::UsageError(origin + (line > 0 ? ":" + std::to_string(line) : "") +
                           ": this is not YAML: " + error.msg + ".");
  }
}

}  // namespace leyden::chip
