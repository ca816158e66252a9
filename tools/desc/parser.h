#pragma once
#include "ast.h"
namespace tether::desc {
void parse(const std::string& file, const std::string& text, File& out, std::vector<std::string>& errors);
}
