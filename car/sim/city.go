package sim

import (
	"math"

	"freecar/internal/geo"
)

// Centre is the middle of the city that a demo fleet serves: Berlin.
func Centre() geo.Position { return centre }

var centre = geo.Position{Latitude: 52.52, Longitude: 13.405}

// street is a place on a street and the bearing of the street there, in degrees.
type street struct {
	at      geo.Position
	bearing float64
}

// streets are where people leave cars, all within 2.5 km of the centre.
var streets = []street{
	{geo.Position{Latitude: 52.5219, Longitude: 13.4132}, 45},  // Alexanderplatz
	{geo.Position{Latitude: 52.5240, Longitude: 13.4023}, 20},  // Hackescher Markt
	{geo.Position{Latitude: 52.5297, Longitude: 13.4013}, 78},  // Rosenthaler Platz
	{geo.Position{Latitude: 52.5277, Longitude: 13.4105}, 80},  // Rosa-Luxemburg-Platz
	{geo.Position{Latitude: 52.5325, Longitude: 13.4125}, 22},  // Senefelderplatz
	{geo.Position{Latitude: 52.5363, Longitude: 13.4172}, 30},  // Kollwitzplatz
	{geo.Position{Latitude: 52.5320, Longitude: 13.3883}, 60},  // Nordbahnhof
	{geo.Position{Latitude: 52.5251, Longitude: 13.3694}, 70},  // Hauptbahnhof
	{geo.Position{Latitude: 52.5170, Longitude: 13.3889}, 84},  // Unter den Linden
	{geo.Position{Latitude: 52.5137, Longitude: 13.3910}, 172}, // Gendarmenmarkt
	{geo.Position{Latitude: 52.5096, Longitude: 13.3770}, 82},  // Leipziger Platz
	{geo.Position{Latitude: 52.5036, Longitude: 13.4107}, 112}, // Moritzplatz
	{geo.Position{Latitude: 52.5144, Longitude: 13.4181}, 120}, // Jannowitzbrücke
	{geo.Position{Latitude: 52.5180, Longitude: 13.4283}, 98},  // Strausberger Platz
	{geo.Position{Latitude: 52.5103, Longitude: 13.4348}, 118}, // Ostbahnhof
}

// kerb is a parking place of a street: so many metres along it, on one side or the other.
func (s street) kerb(along float64, left bool) geo.Position {
	const fromMiddle = 4.5 // metres
	side := 90.0
	if left {
		side = -90
	}
	return shifted(shifted(s.at, s.bearing, along), s.bearing+side, fromMiddle)
}

// shifted is p moved by metres towards a bearing (degrees from north, clockwise). It is
// exact to a millionth for the few hundred metres of a street.
func shifted(p geo.Position, bearing, metres float64) geo.Position {
	const degree = math.Pi / 180
	north, east := math.Cos(bearing*degree)*metres, math.Sin(bearing*degree)*metres
	latitude := p.Latitude + north/geo.EarthRadiusM/degree
	parallel := geo.EarthRadiusM * max(math.Cos((p.Latitude+latitude)/2*degree), 0.01) // finite at the poles
	return geo.Position{
		Latitude:  latitude,
		Longitude: math.Remainder(p.Longitude+east/parallel/degree, 360),
	}
}

// fromCentre says where p lies: a bearing in degrees and the metres that way.
func fromCentre(p geo.Position) (bearing, metres float64) {
	const degree = math.Pi / 180
	parallel := math.Cos((p.Latitude + centre.Latitude) / 2 * degree)
	north, east := (p.Latitude-centre.Latitude)*degree, (p.Longitude-centre.Longitude)*degree*parallel
	return math.Atan2(east, north) / degree, math.Hypot(north, east) * geo.EarthRadiusM
}
