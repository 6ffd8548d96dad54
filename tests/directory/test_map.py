"""The schematic map (directory-booking-spec 6.4)."""

from server.directory.catalogue import Catalogue
from server.directory.map import draw


def test_ten_shapes_stay_inside_the_drawing(catalogue: Catalogue) -> None:
    drawing = draw(catalogue.gazetteer.municipalities.values())
    width, height = map(int, drawing.view_box.split()[2:])
    assert len(drawing.shapes) == 10
    for shape in drawing.shapes:
        points = [tuple(map(int, point.split())) for point in shape.path.strip("MZ").split("L")]
        assert all(0 <= x <= width and 0 <= y <= height for x, y in points)
        assert min(x for x, _ in points) < shape.x < max(x for x, _ in points)
        assert min(y for _, y in points) < shape.y < max(y for _, y in points)


def test_the_map_is_small(catalogue: Catalogue) -> None:
    drawing = draw(catalogue.gazetteer.municipalities.values())
    assert sum(len(shape.path) for shape in drawing.shapes) < 4_000


def test_north_is_up_and_west_is_left(catalogue: Catalogue) -> None:
    shapes = {shape.code: shape for shape in draw(catalogue.gazetteer.municipalities.values()).shapes}
    assert shapes["het-hogeland"].y < shapes["stadskanaal"].y
    assert shapes["westerkwartier"].x < shapes["westerwolde"].x
