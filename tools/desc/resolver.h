#pragma once
// Resolver: facts and descriptions → the tables of both ABIs.

#include "tools/desc/ast.h"
#include "tools/desc/diagnostics.h"
#include "tools/desc/facts.h"
#include "tools/desc/survey.h"
#include "tools/desc/table_builder.h"

namespace tether::desc {

struct Resolved {
  TableBuilder tables;  ///< sound only if there were no diagnostics
  Survey survey;
};

Resolved resolve(const Facts& facts, const Descriptions& descriptions, Diagnostics& diagnostics);

}  // namespace tether::desc
