#include <neocol/tissue/skin.hpp>

namespace neocol::tissue {

double Skin::thickness() const {
    double sum = 0.0;
    for (const Layer& layer : layers)
        sum += layer.thickness;
    return sum;
}

}  // namespace neocol::tissue
