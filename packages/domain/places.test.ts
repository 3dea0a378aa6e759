import { expect } from 'chai';
import { distanceKm, KM_A_DEGREE } from './places.ts';

describe('the distance of two places', () => {
  const madrid = { latitude: 40.4168, longitude: -3.7038 };
  const barcelona = { latitude: 41.3874, longitude: 2.1686 };

  it('is that of the map', () => {
    expect(distanceKm(madrid, barcelona)).to.be.closeTo(505.4, 0.5);
    expect(distanceKm(madrid, madrid)).to.equal(0);
    expect(distanceKm(madrid, barcelona)).to.equal(distanceKm(barcelona, madrid));
  });

  it('goes the short way over the date line and over the poles', () => {
    expect(distanceKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).to.be.closeTo(KM_A_DEGREE, 1e-6);
    expect(distanceKm({ latitude: 89, longitude: 0 }, { latitude: 89, longitude: 180 })).to.be.closeTo(2 * KM_A_DEGREE, 1e-6);
    expect(distanceKm({ latitude: 90, longitude: 10 }, { latitude: 90, longitude: -100 })).to.be.closeTo(0, 1e-6);
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).to.be.closeTo(180 * KM_A_DEGREE, 1e-6);
  });
});
