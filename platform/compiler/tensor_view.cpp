#include "platform/compiler/tensor_view.h"

#include <algorithm>

namespace leyden::compiler {

std::int64_t View::elements() const {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  return count;
}

bool View::in_order() const { return atoms.empty() || (atoms.size() == 1 && atoms[0].stride == 1); }

bool View::is_vector() const {
  return std::count_if(dims.begin(), dims.end(), [](std::int64_t dim) { return dim != 1; }) <= 1;
}

View view_in_order(const std::string& tensor, const std::vector<std::int64_t>& dims) {
  View view{tensor, dims, {}};
  view.atoms = merge({{view.elements(), 1}});
  return view;
}

Atoms merge(const Atoms& atoms) {
  Atoms merged;
  for (const Atom& atom : atoms) {
    if (atom.size == 1) continue;
    if (!merged.empty() && merged.back().stride == atom.size * atom.stride) {
      merged.back() = {merged.back().size * atom.size, atom.stride};
    } else {
      merged.push_back(atom);
    }
  }
  return merged;
}

std::optional<std::vector<Atoms>> atoms_of_dims(const View& view) {
  std::vector<Atoms> parts;
  Atoms rest(view.atoms.rbegin(), view.atoms.rend());  // the next one is the last
  for (const std::int64_t dim : view.dims) {
    std::int64_t needed = dim;
    Atoms part;
    while (needed > 1 && !rest.empty()) {
      Atom& atom = rest.back();
      if (needed % atom.size == 0) {
        part.push_back(atom);
        needed /= atom.size;
        rest.pop_back();
      } else if (atom.size % needed == 0) {
        atom.size /= needed;
        part.push_back({needed, atom.stride * atom.size});
        needed = 1;
      } else {
        return std::nullopt;
      }
    }
    if (needed > 1) return std::nullopt;
    parts.push_back(merge(part));
  }
  return parts;
}

std::optional<View> transposed(const View& view, const std::vector<std::size_t>& order) {
  const auto parts = atoms_of_dims(view);
  if (!parts) return std::nullopt;
  View result{view.tensor, {}, {}};
  for (const std::size_t from : order) {
    result.dims.push_back(view.dims[from]);
    const Atoms& part = (*parts)[from];
    result.atoms.insert(result.atoms.end(), part.begin(), part.end());
  }
  result.atoms = merge(result.atoms);
  return result;
}

std::optional<Shape> image_of_dims(const std::vector<std::int64_t>& dims) {
  if ((dims.size() != 3 && dims.size() != 4) || dims[0] != 1) return std::nullopt;
  if (dims.size() == 3) return Shape{dims[1], 1, dims[2]};
  return Shape{dims[1], dims[2], dims[3]};
}

std::vector<std::size_t> places(const Atoms& atoms) {
  std::vector<std::size_t> result{0};
  for (const Atom& atom : atoms) {
    std::vector<std::size_t> next;
    next.reserve(result.size() * static_cast<std::size_t>(atom.size));
    for (const std::size_t base : result) {
      for (std::int64_t i = 0; i < atom.size; ++i) {
        next.push_back(base + static_cast<std::size_t>(i * atom.stride));
      }
    }
    result = std::move(next);
  }
  return result;
}

std::string to_string(const std::vector<std::int64_t>& values) {
  std::string text = "[";
  for (const std::int64_t value : values) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(value);
  }
  return text + "]";
}

}  // namespace leyden::compiler
