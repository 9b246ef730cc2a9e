package sim

import (
	"fmt"
	"math/rand/v2"

	"freecar/internal/geo"
)

// DemoCar is what somebody who sets up a fleet tells the platform of a car.
type DemoCar struct {
	Plate         string
	Model         string
	Position      geo.Position
	ChargePercent float64 // whole percent, 35 to 100
	OdometerKM    float64 // whole kilometres
}

var models = []string{
	"Renault Zoe", "VW ID.3", "Fiat 500e", "Opel Corsa-e", "Peugeot e-208",
	"MINI Cooper SE", "Hyundai Kona Electric", "Cupra Born", "Kia e-Soul", "smart EQ fortwo",
}

// DemoFleetAround is a DemoFleet in another place: its streets lie around middle as ours
// do around our centre.
func DemoFleetAround(middle geo.Position, n int, seed uint64) []DemoCar {
	cars := DemoFleet(n, seed)
	for i, c := range cars {
		bearing, metres := fromCentre(c.Position)
		cars[i].Position = shifted(middle, bearing, metres)
	}
	return cars
}

// DemoFleet makes n cars that stand along the streets of the city centre. The same seed
// gives the same cars, and a larger fleet begins with the smaller one. Plates are unique
// up to some six million cars.
func DemoFleet(n int, seed uint64) []DemoCar {
	random := rand.New(rand.NewPCG(seed, 0))
	first := random.IntN(platesPerSeries)
	cars := make([]DemoCar, 0, max(n, 0))
	for i := range n {
		cars = append(cars, DemoCar{
			Plate:         plate(first, i),
			Model:         models[random.IntN(len(models))],
			Position:      parkingPlace(random),
			ChargePercent: float64(35 + random.IntN(66)),
			OdometerKM:    float64(900 + random.IntN(48_000)),
		})
	}
	return cars
}

func parkingPlace(random *rand.Rand) geo.Position {
	s := streets[random.IntN(len(streets))]
	return s.kerb(random.Float64()*400-200, random.IntN(2) == 0)
}

const platesPerSeries = 9000 // 1000 to 9999

// plate numbers the cars of a fleet: B-FC 1042, B-FC 2279, …, then B-FD. The stride
// shares no factor with the size of a series, so a series uses each number once.
func plate(first, i int) string {
	const stride = 1237
	number := 1000 + (first+i*stride)%platesPerSeries
	letters := ('F'-'A')*26 + ('C' - 'A') + i/platesPerSeries
	return fmt.Sprintf("B-%c%c %d", 'A'+letters/26%26, 'A'+letters%26, number)
}
