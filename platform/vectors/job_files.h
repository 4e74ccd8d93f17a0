#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "platform/vectors/folder.h"
#include "platform/vectors/job_vectors.h"

namespace leyden::vectors {

/// Writes the files of a job below a folder's `prefix` ("" or "job_00012/").
/// @return the job's entry of the manifest
nlohmann::ordered_json write_job(FolderWriter& folder, const JobVectors& job,
                                 const std::string& prefix);

/// Reads them back. @param entry  of the manifest's `jobs`; @throws base::UsageError
JobVectors read_job(const Folder& folder, const ManifestNode& entry);

}  // namespace leyden::vectors
